"""Who a status goes to, as far as it follows from visibilities alone."""

from itertools import product

import pytest

from barbelo.domain.audience.addressing import boost_visibility, boostable
from barbelo.kernel.visibility import Visibility

WIDTH = {
    Visibility.DIRECT: 0,
    Visibility.LIST: 0,
    Visibility.PRIVATE: 1,
    Visibility.LOCAL: 2,
    Visibility.UNLISTED: 3,
    Visibility.PUBLIC: 4,
}
BOOSTABLE = [visibility for visibility in Visibility if boostable(visibility, own=True)]


@pytest.mark.parametrize(("wished", "original"), list(product(Visibility, BOOSTABLE)))
def test_a_boost_is_never_wider_than_was_wished(wished, original):
    if original is not Visibility.PRIVATE:  # of which every boost is private
        assert WIDTH[boost_visibility(wished, original)] <= WIDTH[wished] or original is Visibility.LOCAL


@pytest.mark.parametrize("wished", [None, *Visibility])
def test_what_is_private_or_stays_here_is_boosted_to_nobody_else(wished):
    assert boost_visibility(wished, Visibility.PRIVATE) is Visibility.PRIVATE
    assert boost_visibility(wished, Visibility.LOCAL) in {Visibility.LOCAL, Visibility.PRIVATE}


def test_only_ones_own_private_posts_are_boosted_and_direct_ones_never():
    assert [one for one in Visibility if boostable(one, own=False)] == [
        Visibility.PUBLIC,
        Visibility.UNLISTED,
        Visibility.LOCAL,
    ]
    assert Visibility.PRIVATE in BOOSTABLE
    assert Visibility.DIRECT not in BOOSTABLE
