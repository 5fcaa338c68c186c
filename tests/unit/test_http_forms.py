import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbelo.http.forms import Repeated, clean, nest, pairs_of
from barbelo.kernel.errors import BarbeloError, Invalid, TooLarge


def tree(query: str) -> dict[str, object]:
    return nest(pairs_of(query.encode(), 100), 8)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("a=1&b=", {"a": "1", "b": ""}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a[b]=c&a[d]=e", {"a": {"b": "c", "d": "e"}}),
        ("poll[options][]=x&poll[options][]=y", {"poll": {"options": ["x", "y"]}}),
        (
            "f[0][name]=n&f[0][value]=v&f[1][name]=m",
            {"f": {"0": {"name": "n", "value": "v"}, "1": {"name": "m"}}},
        ),
        (
            "k[][keyword]=x&k[][whole]=1&k[][keyword]=y",
            {"k": [{"keyword": "x", "whole": "1"}, {"keyword": "y"}]},
        ),
        ("k[][tags][]=1&k[][tags][]=2", {"k": [{"tags": ["1", "2"]}]}),
        ("data%5Balerts%5D%5Bmention%5D=true", {"data": {"alerts": {"mention": "true"}}}),
        ("a=1&a[]=2", {"a": ["1", "2"]}),
        ("a=%C3%A9+%F0%9F%98%80&b=%FF", {"a": "é 😀", "b": "\ufffd"}),
        (
            "a[=1&]=2&[]=3&a]b=4&a[b=5&a[b]c=6",
            {"a[": "1", "]": "2", "[]": "3", "a]b": "4", "a[b": "5", "a[b]c": "6"},
        ),
        ("", {}),
    ],
)
def test_bracketed_names_spell_a_tree(query: str, wanted: dict[str, object]) -> None:
    assert tree(query) == wanted


def test_a_plain_name_that_comes_twice_waits_for_its_type() -> None:
    assert isinstance(tree("a=1&a=2")["a"], Repeated)


@pytest.mark.parametrize(
    "query", ["a=1&a[b]=2", "a[b]=1&a=2", "a[]=1&a[b]=2", "a[b]=1&a[]=2", "a[][]=1", "a[b]=1&a[b][c]=2"]
)
def test_names_that_contradict_each_other_are_invalid(query: str) -> None:
    with pytest.raises(Invalid) as problem:
        tree(query)
    assert problem.value.data["field"] == "a"


def test_depth_and_number_are_bounded() -> None:
    with pytest.raises(TooLarge):
        tree("a" + "[b]" * 3_000 + "=1")
    with pytest.raises(TooLarge):
        tree("a=1&" * 101)
    assert tree("a" + "[b]" * 7 + "=1")


def test_what_no_database_can_hold_is_cleaned_away() -> None:
    assert clean("a\0b") == "ab"
    assert clean("x\ud83d") == "x\ufffd"
    assert clean("😀") == "😀"


NAMES = st.text(alphabet="ab[]0", max_size=12)


@given(st.lists(st.tuples(NAMES, st.text(max_size=3)), max_size=12))
def test_any_pairs_make_a_tree_or_an_error_of_ours(pairs: list[tuple[str, str]]) -> None:
    try:
        found = nest(pairs, 8)
    except BarbeloError:
        return
    assert set(found) <= {name.partition("[")[0] or name for name, _ in pairs} | {name for name, _ in pairs}


@given(st.dictionaries(st.text("abc", min_size=1), st.lists(st.text(max_size=4), min_size=1), max_size=4))
def test_lists_survive_being_written_with_brackets(wanted: dict[str, list[str]]) -> None:
    pairs = [(f"{name}[]", value) for name, values in wanted.items() for value in values]
    assert nest(pairs, 8) == wanted
