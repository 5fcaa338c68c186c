"""Scopes, pages and addresses."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbelo.kernel import scopes
from barbelo.kernel.errors import BarbeloError, NotFound, TooMany
from barbelo.kernel.paging import Page
from barbelo.kernel.urls import Urls


@pytest.mark.parametrize(
    ("granted", "needed", "covered"),
    [
        ("read", "read:statuses", True),
        ("read:statuses", "read", False),
        ("read", "readers", False),
        ("write", "read:statuses", False),
        ("admin", "admin:read:accounts", True),
        ("admin:read", "admin:read:accounts", True),
        ("admin:read", "admin:write:accounts", False),
        ("follow", "write:blocks", True),
        ("follow", "read:mutes", True),
        ("follow", "write:statuses", False),
        ("push", "push", True),
    ],
)
def test_a_scope_covers_what_stands_below_it(granted, needed, covered):
    assert scopes.covers([granted], needed) is covered


@given(st.sets(st.sampled_from(sorted(scopes.KNOWN))))
def test_everything_is_within_itself_and_nothing_known_is_within_nothing(some):
    assert scopes.within(some, some)
    assert scopes.within(some, []) is (not some)


def test_scopes_are_separated_as_clients_do():
    assert scopes.split("read write,follow+push  read") == ["read", "write", "follow", "push"]


def test_a_page_upwards_is_turned_round():
    assert Page(limit=3, min_id=1).in_order([1, 2, 3]) == [3, 2, 1]
    assert Page(limit=3).in_order([3, 2, 1]) == [3, 2, 1]


def test_the_host_has_its_port_where_it_is_not_the_usual_one():
    assert Urls("http://localhost:4000").host == "localhost:4000"
    assert Urls("https://example.org").host == "example.org"
    assert Urls("https://example.org").streaming == "wss://example.org"


def test_addresses_are_made_in_one_place():
    urls = Urls("https://example.org")
    name = UUID(int=7)
    assert urls.actor("alice") == "https://example.org/users/alice"
    assert urls.object(name) == f"https://example.org/objects/{name}"
    assert urls.status(name) == "https://example.org/notice/7"
    assert urls.tag("café") == "https://example.org/tag/caf%C3%A9"
    assert urls.emoji("pack/a b.png") == "https://example.org/emoji/pack/a%20b.png"


def test_errors_carry_a_sentence_and_facts():
    error = TooMany(retry_after_s=7, bucket="search")
    assert isinstance(error, BarbeloError)
    assert (error.message, error.retry_after_s, error.data) == (
        "Throttled",
        7,
        {"retry_after_s": 7, "bucket": "search"},
    )
    assert NotFound().message == "Record not found"
