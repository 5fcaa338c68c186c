import pytest

from barbelo.http.binder import convert
from barbelo.http.paging import PageParams
from barbelo.kernel.errors import Invalid
from barbelo.kernel.ids import get_flake

FLAKE = "9hptFmVJ02khbzYJaS"


class Own(PageParams, frozen=True, kw_only=True):
    local: bool = False


def test_a_list_with_more_parameters_inherits_the_cursors() -> None:
    own = convert(Own, {"max_id": FLAKE, "local": "1", "limit": "5"})
    assert own.local is True
    assert own.flakes().max_id == get_flake(FLAKE)
    assert own.flakes().limit == 5


@pytest.mark.parametrize(
    ("asked", "given"), [(None, 20), ("1", 1), ("40", 40), ("41", 40), ("0", 1), ("-5", 1), ("", 20)]
)
def test_the_limit_is_kept_between_one_and_the_most(asked: str | None, given: int) -> None:
    params = convert(PageParams, {} if asked is None else {"limit": asked})
    assert params.flakes(20, 40).limit == params.integers(20, 40).limit == given


def test_numbers_may_be_cursors_and_nothing_is_none() -> None:
    page = convert(PageParams, {"max_id": 17, "since_id": "", "min_id": "null"}).integers()
    assert (page.max_id, page.since_id, page.min_id) == (17, None, None)


@pytest.mark.parametrize("bad", ["x", "-1", "1.5", "9" * 30, "１"])
def test_a_cursor_that_is_none_is_invalid(bad: str) -> None:
    with pytest.raises(Invalid) as problem:
        PageParams(since_id=bad).integers()
    assert problem.value.data["field"] == "since_id"


@pytest.mark.parametrize("bad", ["-", "a b", "x" * 23, "zzzzzzzzzzzzzzzzzzzzzz"])
def test_a_flake_that_is_none_is_invalid(bad: str) -> None:
    with pytest.raises(Invalid):
        PageParams(max_id=bad).flakes()


def test_the_offset_is_bounded() -> None:
    assert [PageParams(offset=n).skipped() for n in (None, -1, 5, 10**9)] == [0, 0, 5, 10_000]
