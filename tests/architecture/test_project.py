"""The project as a whole: locks, licence, and words that belong on no other machine."""

import ast
import hashlib
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from architecture.house import ROOT, modules, tracked_files
from tools import apt_only

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(.*(?:\n +--hash=sha256:[0-9a-f]{64}.*)*)", re.MULTILINE)
AGPL_3 = "0d96a4ff68ad6d4b6f1f30f713b18d5184912ba8dd389f86aa7710db079abcb0"

# One letter of each stands in brackets, so that this file does not find itself.
FOREIGN = re.compile(
    r"""
    (?<![\w./~$}-]) / (?:roo[t] | wor[k] | User[s] | hom[e]/\w+) /
    | /opt/wheel[s] | /opt/pyp[i]
    | [p]ypi\.org | [p]ythonhosted | [n]pmjs\.org | [r]egistry\.npm | [d]eb\.debian\.org | [p]roxy\.golang
    """,
    re.VERBOSE,
)


def pins(lock: str) -> dict[str, list[tuple[str, int]]]:
    """Canonical name -> (version, number of hashes); several where markers tell them apart."""
    found: dict[str, list[tuple[str, int]]] = {}
    for name, version, rest in PIN.findall((ROOT / lock).read_text(encoding="utf-8")):
        found.setdefault(canonicalize_name(name), []).append((version, rest.count("--hash=sha256:")))
    return found


GROUPS = PROJECT["dependency-groups"]
LOCKS = {
    "requirements.lock": PROJECT["project"]["dependencies"] + GROUPS["build"],
    "requirements-dev.lock": PROJECT["project"]["dependencies"] + GROUPS["build"] + GROUPS["dev"],
    "requirements-clients.lock": GROUPS["clients"],
}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_agrees_with_what_the_project_asks_for(lock):
    locked = pins(lock)
    for wish in map(Requirement, LOCKS[lock]):
        versions = [version for version, _ in locked.get(canonicalize_name(wish.name), [])]
        assert versions, f"{wish.name} is not in {lock}: make lock"
        assert all(version in wish.specifier for version in versions), f"{wish} against {versions}: make lock"


@pytest.mark.parametrize("lock", LOCKS)
def test_everything_in_a_lock_has_hashes_and_nothing_has_an_address(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert all(hashes for found in pins(lock).values() for _, hashes in found)
    starts = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert len(starts) == sum(map(len, pins(lock).values())), "a line that is no pin"
    assert "://" not in text


def test_the_tests_run_the_very_server_that_is_installed():
    run, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: dev.get(name) for name in run} == run


def test_every_library_that_is_imported_is_asked_for_by_name():
    asked_for = {canonicalize_name(Requirement(wish).name) for wish in PROJECT["project"]["dependencies"]}
    sources = packages_distributions()
    unasked = [
        f"{name}: {library}"
        for name, tree in modules()
        for library in libraries(tree)
        if not asked_for & {canonicalize_name(source) for source in sources.get(library, [library])}
    ]
    assert unasked == []


def libraries(tree: ast.Module) -> set[str]:
    """The first words of what is imported from elsewhere than us and the standard library."""
    nodes = list(ast.walk(tree))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"barbelo"}


def test_a_library_is_seen_wherever_it_is_imported():
    source = "import os, a.b\nfrom c.d import e\nfrom barbelo import f\ndef late():\n    import g"
    assert libraries(ast.parse(source)) == {"a", "c", "g"}


def test_the_licence_is_the_whole_agpl_and_the_package_says_so():
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == AGPL_3
    assert PROJECT["project"]["license"] == "AGPL-3.0-or-later"
    assert PROJECT["project"]["license-files"] == ["LICENSE"]


def test_no_path_of_a_machine_and_no_registry_is_named():
    found = []
    for path in tracked_files():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # a picture
        name = path.relative_to(ROOT)
        found += [f"{name}:{number}" for number, line in enumerate(lines, 1) if FOREIGN.search(line)]
    assert found == []


@pytest.mark.parametrize(
    ("text", "word"), [("see /{}/notes", "root"), ("'/{}/anna/x'", "home"), ("https://{}.org/a", "pypi")]
)
def test_such_a_path_would_be_found(text, word):
    assert FOREIGN.search(text.replace("{}", word))


@pytest.mark.parametrize("text", ["/api/v1/timelines/home/x", "~/work/x", "https://a.example/home/b/"])
def test_paths_of_urls_are_no_paths_of_machines(text):
    assert not FOREIGN.search(text)


def run_apt_only(path: str, everything: str) -> subprocess.CompletedProcess[str]:
    # An empty PATH hides chromium wherever it is installed.
    command = [sys.executable, ROOT / "tools" / "apt_only.py"]
    environment = {"PATH": path, "BARBELO_TEST_ALL": everything}
    return subprocess.run(command, env=environment, check=False, capture_output=True, text=True)


def test_what_only_apt_has_is_named_in_one_line_when_absent(tmp_path):
    done = run_apt_only(str(tmp_path), "")
    assert done.returncode == 0
    assert "chromium" in done.stdout
    assert len(done.stdout.splitlines()) == 1


def test_with_test_all_an_absent_package_is_a_failure(tmp_path):
    assert run_apt_only(str(tmp_path), "1").returncode == 1


def test_a_browser_on_the_path_is_found(tmp_path, monkeypatch):
    browser = tmp_path / "chromium"
    browser.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert apt_only.find_chromium() == browser
    assert "chromium" not in apt_only.absent()
