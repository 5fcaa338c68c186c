"""The tool that checks sizes finds what is too large, and nothing else."""

import pytest

from tools import check_sizes


def found_in(root, source: str, name: str = "src/barbelo/room/thing.py") -> list[str]:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)
    return check_sizes.offenders(list(check_sizes.measure(root)))


def function(lines: int) -> str:
    return "def f():\n" + "    x = 1\n" * (lines - 1)


def test_what_is_within_the_budget_passes(tmp_path):
    assert found_in(tmp_path, function(60) + "\n" * 440) == []


def test_a_long_file_is_found(tmp_path):
    assert found_in(tmp_path, "x = 1\n" * 501) == ["src/barbelo/room/thing.py: 501 lines (at most 500)"]


def test_a_long_function_is_found_wherever_it_hides(tmp_path):
    inner = "class A:\n" + "".join(f"    {line}\n" for line in function(61).splitlines())
    assert found_in(tmp_path, inner) == ["src/barbelo/room/thing.py:2: A.f: 61 lines (at most 60)"]


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("def f(a, b, c, d, e, g, h): ...", 7),
        ("def f(a, /, b, *c, d, e, g, **h): ...", 7),
        ("class A:\n    async def f(self, a, b, c, d, e, g): ...", 6),
        ("def f(a, b=1, *, c=2): ...", 3),
    ],
)
def test_more_than_six_parameters_are_found(tmp_path, source, count):
    found = found_in(tmp_path, source)
    assert [f"{count} parameters" in line for line in found] == ([True] if count > 6 else [])


def test_a_crowded_folder_is_found(tmp_path):
    for number in range(26):
        found = found_in(tmp_path, "", f"src/barbelo/room/file{number}.py")
    assert found == ["src/barbelo/room: 26 files (at most 25)"]


def test_an_exception_excuses_one_thing_and_is_reported_once_unneeded(tmp_path, monkeypatch):
    monkeypatch.setitem(check_sizes.EXCEPTIONS, "src/barbelo/room/thing.py", "the words of a protocol")
    assert found_in(tmp_path, "x = 1\n" * 501) == []
    assert found_in(tmp_path, "x = 1\n") == [
        "src/barbelo/room/thing.py: an exception that is no longer needed"
    ]


def test_offenders_make_the_tool_fail(tmp_path, capsys):
    found_in(tmp_path, "x = 1\n" * 501)
    assert check_sizes.main([str(tmp_path)]) == 1
    assert "501 lines" in capsys.readouterr().out


def test_the_report_puts_the_largest_first(tmp_path, capsys):
    found_in(tmp_path, "x = 1\n", "src/barbelo/small.py")
    found_in(tmp_path, "x = 1\n" * 9, "src/barbelo/large.py")
    assert check_sizes.main([str(tmp_path), "--report"]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == ["Largest files:", "     9  src/barbelo/large.py"]
