"""The configuration file: found, parsed, and each value with the line where it stands."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from barbelo.config.keys import Given
from barbelo.config.lines import key_lines
from barbelo.config.problems import Problem, did_you_mean
from barbelo.config.settings import SECTIONS, key_at, known_paths

FILE_NAME: Final = "barbelo.toml"


def find_file(config: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The file to read: as told, else `barbelo.toml` in the data folder or in the present one, else none."""
    if config is not None:
        return config
    if told := environ.get("BARBELO_CONFIG"):
        return Path(told)
    return next((file for file in usual_files(environ) if file.is_file()), None)


def usual_files(environ: Mapping[str, str]) -> list[Path]:
    """Where a file is looked for when none is named, the first place first."""
    data_dir = key_at("server.data_dir")
    told = environ.get(data_dir.note.short) or environ.get(data_dir.variable) or data_dir.default
    return [Path(told).expanduser() / FILE_NAME, Path(FILE_NAME)]


def read_file(file: Path, problems: list[Problem]) -> list[Given]:
    """The values that the file gives. What can't be understood is added to `problems`."""
    try:
        source = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        problems.append(Problem(str(file), "", error.strerror or "can't be read"))
        return []
    except UnicodeDecodeError as error:
        problems.append(Problem(str(file), "", f"not UTF-8 at byte {error.start + 1}"))
        return []
    try:
        document = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        problems.append(_syntax_problem(file, source, error))
        return []
    except RecursionError:
        problems.append(Problem(str(file), "", "nested too deeply"))
        return []
    lines = key_lines(source)
    return list(_pick(document, lambda *path: f"{file}:{lines.get(path, 1)}", problems))


def _syntax_problem(file: Path, source: str, error: tomllib.TOMLDecodeError) -> Problem:
    """The parser tells the place in words only: `... (at line 3, column 5)` or `... (at end of document)`."""
    told, _, place = str(error).rpartition(" (at ")
    line = re.match(r"line (\d+)", place)
    number = int(line[1]) if line else source.rstrip("\n").count("\n") + 1
    return Problem(f"{file}:{number}", "", told or str(error))


def _pick(document: dict[str, Any], where: Callable[..., str], problems: list[Problem]) -> Iterator[Given]:
    known = known_paths()
    for section, content in document.items():
        if section not in SECTIONS:
            hint = did_you_mean(section, [*SECTIONS, *known])
            kind = "section" if isinstance(content, dict) else "key"
            problems.append(Problem(where(section), section, f"unknown {kind}{hint}"))
        elif not isinstance(content, dict):
            problems.append(Problem(where(section), section, f"expected a table: [{section}]"))
        else:
            for name, value in content.items():
                path = f"{section}.{name}"
                if path in known:
                    yield Given(path, value, where(section, name))
                else:
                    hint = did_you_mean(path, known)
                    problems.append(Problem(where(section, name), path, f"unknown key{hint}"))
