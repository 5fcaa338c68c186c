"""Write the table of keys in docs/admin/configure.md from the sections themselves.

python tools/write_config_docs.py            write it
python tools/write_config_docs.py --unread   name the keys that no code outside `config/` reads
"""

import inspect
import re
import sys
from pathlib import Path

from barbelo.config.describe import kind, toml
from barbelo.config.environment import OTHER_VARIABLES
from barbelo.config.keys import Key
from barbelo.config.settings import SECTIONS, all_keys

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "admin" / "configure.md"
BEGIN = "<!-- from here on written by tools/write_config_docs.py -->"
LONG_LIST = 6


def page(current: str) -> str:
    """The page with its generated part renewed; what stands above `BEGIN` is kept."""
    above, found, _ = current.partition(BEGIN)
    if not found:
        raise ValueError(f"{PAGE.name} has no line {BEGIN}")
    return above + BEGIN + "\n\n" + "\n".join([*_sections(), *_variables()])


def _sections() -> list[str]:
    lines = []
    for section, struct in SECTIONS.items():
        lines += [f"### [{section}]", "", *_introduction(struct)]
        lines += ["| key | default | unit | what may be given | meaning |", "|---|---|---|---|---|"]
        lines += [_row(key) for key in all_keys() if key.section == section]
        lines += [""]
    return lines


def _introduction(struct: type) -> list[str]:
    """The struct's own words, without the paragraph that cites where the defaults come from."""
    paragraphs = inspect.cleandoc(struct.__doc__ or "").split("\n\n")
    kept = [paragraph for paragraph in paragraphs if not paragraph.startswith("Source")]
    return [line for paragraph in kept for line in (paragraph, "")]


def _row(key: Key) -> str:
    meaning = key.description
    if key.note.test_when is not None:
        meaning += f" *Test switch: the log warns of `{str(key.note.test_when).lower()}`.*"
    cells = (f"`{key.name}`", _default(key), key.unit, kind(key), meaning)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _default(key: Key) -> str:
    value = key.default
    if isinstance(value, tuple) and len(value) > LONG_LIST:
        first = ", ".join(toml(item) for item in value[:3])
        return f"`[{first}, ...]`, {len(value)} in all"
    return f"`{toml(value)}`"


def _variables() -> list[str]:
    lines = ["### Variables with names of their own", "", "| variable | meaning |", "|---|---|"]
    lines += [f"| `{key.note.short}` | `{key.path}` |" for key in all_keys() if key.note.short]
    lines += [f"| `{name}` | {meaning} |" for name, meaning in OTHER_VARIABLES.items()]
    return [*lines, "| `BARBELO_TEST_...` | Read by the project's own tests only. |", ""]


def unread() -> list[str]:
    """Keys whose name stands nowhere in the code but where they are defined: a promise that nobody keeps."""
    source = ROOT / "src" / "barbelo"
    outside = [file for file in source.rglob("*.py") if source / "config" not in file.parents]
    # Properties of the sections (`password_cost`, `listen_address`, ...) read keys for others.
    sections = "\n".join(inspect.getsource(struct) for struct in SECTIONS.values())
    code = "\n".join([*(file.read_text(encoding="utf-8") for file in outside), sections])
    return [key.path for key in all_keys() if not re.search(_uses(key), code)]


def _uses(key: Key) -> str:
    """How code reads a key: as an attribute, or by name (rates by bucket, restrictions without their verb)."""
    return rf"\.{key.name}\b|\"{key.name.removeprefix('restrict_')}\""


def main(words: list[str]) -> int:
    if words == ["--unread"]:
        print(*unread(), sep="\n")
        return 0
    if words:
        print(__doc__)
        return 2
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
