"""What can be wrong with a configuration, told so that it can be put right."""

import re
from collections.abc import Collection
from difflib import get_close_matches

from msgspec import Struct, ValidationError

from barbelo.kernel.errors import BarbeloError


class Problem(Struct, frozen=True):
    """One thing that is wrong. `where` is `file:line` or the name of an environment variable."""

    where: str
    path: str
    """The key as `section.name`, or "" where no key is meant."""
    reason: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.where, self.path, self.reason) if part)


class BadConfig(BarbeloError):
    """The configuration can't be used; `problems` says why, one line each in the message."""

    code = "bad_config"

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def reason(error: ValueError) -> str:
    """What a check said, in TOML's words."""
    text = str(error)
    if isinstance(error, ValidationError):
        text = re.sub(r" - at `\$\[(\d+)\].*", lambda found: f", in item {int(found[1]) + 1}", text)
        text = text.replace("`array`", "list").replace("`object`", "table").replace("`", "")
    return text


def did_you_mean(word: str, known: Collection[str]) -> str:
    """A hint to be put behind `unknown ...`: the known word that is nearest, if one is near."""
    same_name = [one for one in known if one.rpartition(".")[2] == word.rpartition(".")[2]]
    near = same_name or get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""
