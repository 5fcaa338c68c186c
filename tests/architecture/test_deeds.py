"""Doors commit, domains do, events tell: the rules that imports cannot show."""

import ast
import importlib
import inspect

import pytest

from architecture.house import SOURCE, modules

DOORS = (
    "api/",
    "web/",
    "jobs/",
    "cli/",
    "federation/inbox/",
    "federation/delivery/",
    "federation/resolve.py",
    "intake/",
)
"""Who may open a transaction; `db/` is where it comes from. Resolving and intake ask the outside
first and keep what it said, so they have transactions of their own."""

CATCHERS = {
    "jobs/": "a job that fails in an unknown way is retried and then parked",
    "federation/inbox/": "one bad activity must not stop a lane",
    "http/": "the last answer to a client is a 500 with a reason, not a closed connection",
    "config/logging.py": "a library's broken log line must not end what it tells of",
    "text/html.py": "a panic of the sanitiser has no class to catch it by; all else is raised again",
}
"""The three doors that may catch everything and go on; and files, with their reasons."""


def openings(tree: ast.Module) -> list[int]:
    """Lines that open or end a transaction."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {"transaction", "commit", "rollback"}
    return [c.lineno for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr in names]


def blind_catches(tree: ast.Module) -> list[int]:
    """Lines with an `except` for everything that does not end by raising again."""
    handlers = [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)]
    return [h.lineno for h in handlers if catches_all(h.type) and not isinstance(h.body[-1], ast.Raise)]


def catches_all(kind: ast.expr | None) -> bool:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(k is None or ast.unparse(k) in {"Exception", "BaseException"} for k in kinds)


def test_only_doors_open_and_end_transactions():
    inside = [(name, tree) for name, tree in modules() if not name.startswith((*DOORS, "db/"))]
    found = [f"{name}:{line}" for name, tree in inside for line in openings(tree)]
    assert found == []


def test_only_doors_catch_everything():
    inside = [(name, tree) for name, tree in modules() if not name.startswith(tuple(CATCHERS))]
    found = [f"{name}:{line}" for name, tree in inside for line in blind_catches(tree)]
    assert found == []


@pytest.mark.parametrize(
    "source", ["async with db.transaction() as tx: pass", "self.connection.commit()", "await tx.rollback()"]
)
def test_a_transaction_in_the_middle_would_be_found(source):
    assert openings(ast.parse(f"async def f():\n    {source}")) == [2]


@pytest.mark.parametrize("kind", ["", " Exception", " BaseException as error", " (ValueError, Exception)"])
def test_a_blind_catch_would_be_found(kind):
    assert blind_catches(ast.parse(f"try:\n    f()\nexcept{kind}:\n    pass")) == [3]


def test_catching_to_clean_up_and_raise_again_is_no_blind_catch():
    assert blind_catches(ast.parse("try:\n    f()\nexcept BaseException:\n    g()\n    raise")) == []
    assert blind_catches(ast.parse("try:\n    f()\nexcept ValueError:\n    pass")) == []


@pytest.mark.skipif(not (SOURCE / "jobs" / "consequences.py").exists(), reason="no table of consequences yet")
def test_every_event_is_in_the_table_of_consequences():
    events = importlib.import_module("barbelo.domain.events")
    table = importlib.import_module("barbelo.jobs.consequences").CONSEQUENCES
    kinds = [
        kind for _, kind in inspect.getmembers(events, inspect.isclass) if issubclass(kind, events.Event)
    ]
    happened = {kind for kind in kinds if not kind.__subclasses__()}
    assert happened, "no events found: has the page of events changed its form?"
    assert set(table) == happened


def test_every_migration_opens_with_its_note():
    versions = sorted((SOURCE / "db" / "migrations" / "versions").glob("[0-9]*.py"))
    assert versions, "no migrations found"
    lacking = [f"{path.name}: {word}" for path in versions for word in words_missing(path.read_text())]
    assert lacking == []


def words_missing(source: str) -> list[str]:
    note = ast.get_docstring(ast.parse(source)) or ""
    return [word for word in ("Why:", "Lock:", "Size:", "Way back:") if word not in note]


def test_a_migration_without_a_note_would_be_found():
    assert words_missing('"""Add a column.\n\nWhy: speed. Lock: none.\n"""') == ["Size:", "Way back:"]
