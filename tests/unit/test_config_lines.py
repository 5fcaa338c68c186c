"""The line of every key in a TOML file is found, whatever stands around it."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbelo.config.lines import key_lines

TRICKY = '''
# [comment]
top = "a = b # [x]"  # x = 1
[ a . "b.c" ]        # a header with spaces and a quoted part
d = """
[fake]
also = "fake"
\\""" """
'e"f' = \'\'\'
x = 1
\'\'\'
list = [ # x = 1
  "a = 1", { g = 1, h.i = [1, { j = "}" }] },
  [ 2, 3 ],
]
table = { k = "a", l = { m = 1 }, "n,o" = 2 }
date = 1979-05-27T07:32:00Z
[[many]]
p = 1
[[many]]
p = 2
[q]
r.s.t = 1
r.u = 2
'''


def test_every_key_is_found_where_it_first_stands():
    tomllib.loads(TRICKY)
    assert key_lines(TRICKY) == {
        ("top",): 3,
        ("a",): 4,
        ("a", "b.c"): 4,
        ("a", "b.c", "d"): 5,
        ("a", "b.c", 'e"f'): 9,
        ("a", "b.c", "list"): 12,
        ("a", "b.c", "list", "g"): 13,
        ("a", "b.c", "list", "h"): 13,
        ("a", "b.c", "list", "h", "i"): 13,
        ("a", "b.c", "list", "h", "i", "j"): 13,
        ("a", "b.c", "table"): 16,
        ("a", "b.c", "table", "k"): 16,
        ("a", "b.c", "table", "l"): 16,
        ("a", "b.c", "table", "l", "m"): 16,
        ("a", "b.c", "table", "n,o"): 16,
        ("a", "b.c", "date"): 17,
        ("many",): 18,
        ("many", "p"): 19,
        ("q",): 22,
        ("q", "r"): 23,
        ("q", "r", "s"): 23,
        ("q", "r", "s", "t"): 23,
        ("q", "r", "u"): 24,
    }


@pytest.mark.parametrize("source", ["", "# only this", "\n\n", "a=1", "a = ''", 'a = """"x"""""\nb = 1'])
def test_small_documents_have_their_keys(source):
    assert {path[0] for path in key_lines(source)} == set(tomllib.loads(source))


values = st.one_of(
    st.integers(-5, 5).map(str),
    st.booleans().map(lambda value: str(value).lower()),
    st.text(st.sampled_from("ab =[]{},#'."), max_size=8).map(lambda text: f'"{text}"'),
    st.text(st.sampled_from("ab =[]{},#\n"), max_size=8).map(lambda text: f"'''{text}'''"),
    st.lists(st.sampled_from(["1", '"]"', "[2]", "{ x = 1 }"]), max_size=4).map(
        lambda items: f"[ {', '.join(items)},\n]" if items else "[\n]"
    ),
)
names = st.sampled_from(["alpha", "be-ta", '"g a"', "'d.e'", "_9"])
tables = st.dictionaries(names, values, max_size=4)


@given(st.dictionaries(names, tables, max_size=4))
def test_each_key_of_a_document_stands_on_the_line_that_is_found(document):
    source = ""
    expected = {}
    for table, pairs in document.items():
        source += f"\n[{table}] # x = 1\n"
        for name, value in pairs.items():
            expected[plain(table), plain(name)] = source.count("\n") + 1
            source += f"{name} = {value}\n"
    assert {plain(table) for table in document} == set(tomllib.loads(source))
    found = key_lines(source)
    assert {path: line for path, line in found.items() if len(path) == 2} == expected


def plain(name):
    return name.strip("\"'")
