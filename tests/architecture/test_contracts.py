"""The import contracts stand in .importlinter; these tests watch that they bite."""

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from architecture.house import ROOT, SOURCE

CONFIG = ROOT / ".importlinter"
LINTER = Path(sys.executable).parent / "lint-imports"


def contracts() -> dict[str, configparser.SectionProxy]:
    parser = configparser.ConfigParser()
    parser.read(CONFIG, encoding="utf-8")
    return {name: parser[name] for name in parser.sections()}


def layers(contract: str) -> list[str]:
    lines = contracts()[f"importlinter:contract:{contract}"]["layers"].split("\n")
    return [name.strip() for line in lines for name in line.split("|") if name.strip()]


@pytest.mark.parametrize(("contract", "folder"), [("house", SOURCE), ("middle", SOURCE / "domain")])
def test_only_what_is_not_built_is_optional(contract, folder):
    optional = {name.strip("()") for name in layers(contract) if name.startswith("(")}
    built = {name for name in optional if (folder / name / "__init__.py").exists()}
    built |= {name for name in optional if (folder / f"{name}.py").exists()}
    assert not built, f"take the parentheses off in .importlinter: {sorted(built)}"


def test_nothing_is_excused_from_the_contracts():
    for name, contract in contracts().items():
        assert "ignore_imports" not in contract, name
        assert contract.get("exhaustive", "true") == "true", name


@pytest.fixture
def house(tmp_path):
    """A copy of the plan with empty rooms, to be broken."""
    shutil.copy(CONFIG, tmp_path / ".importlinter")
    for contract, folder in (("house", tmp_path / "barbelo"), ("middle", tmp_path / "barbelo" / "domain")):
        for name in layers(contract):
            room = folder / name.strip("()")
            room.mkdir(parents=True, exist_ok=True)
            (room / "__init__.py").touch()
    (tmp_path / "barbelo" / "__init__.py").touch()
    return tmp_path


def lint(house: Path) -> subprocess.CompletedProcess[str]:
    command = [LINTER, "--no-cache", "--config", ".importlinter"]
    environment = os.environ | {"PYTHONPATH": str(house), "NO_COLOR": "1"}
    return subprocess.run(command, cwd=house, env=environment, check=False, capture_output=True, text=True)


def test_empty_rooms_keep_every_contract(house):
    done = lint(house)
    assert done.returncode == 0, done.stdout
    assert "4 kept, 0 broken" in done.stdout


@pytest.mark.parametrize(
    ("room", "line", "broken"),
    [
        ("db", "import barbelo.http", "The rooms of the house"),
        ("api", "def late():\n    import barbelo.web", "The rooms of the house"),
        ("domain/settings", "import barbelo.domain.accounts", "The subjects of the middle"),
        ("domain/search", "import barbelo.domain.moderation", "The subjects of the middle"),
        ("domain/media", "import barbelo.gateways", "The middle touches only PostgreSQL"),
    ],
)
def test_an_import_that_goes_the_wrong_way_is_found(house, room, line, broken):
    (house / "barbelo" / room / "bad.py").write_text(line + "\n")
    done = lint(house)
    assert done.returncode == 1
    assert f"{broken}" in done.stdout
    assert "BROKEN" in done.stdout


def test_a_circle_within_a_room_is_found(house):
    room = house / "barbelo" / "text"
    (room / "one.py").write_text("import barbelo.text.two\n")
    (room / "two.py").write_text("def late():\n    import barbelo.text.one\n")
    done = lint(house)
    assert done.returncode == 1
    assert "No circle anywhere BROKEN" in done.stdout


def test_a_room_that_is_not_on_the_plan_is_found(house):
    (house / "barbelo" / "utils").mkdir()
    (house / "barbelo" / "utils" / "__init__.py").touch()
    done = lint(house)
    assert done.returncode == 1
    assert "barbelo.utils" in done.stdout
