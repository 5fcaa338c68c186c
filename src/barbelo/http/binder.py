"""`bind`: query, form, multipart or JSON, all into one struct. Source: reference/pleroma 1.1."""

import re
from typing import TypeVar

import msgspec

from barbelo.http.forms import Tree
from barbelo.http.request import Request
from barbelo.http.shapes import bend, fields_of, name_of
from barbelo.kernel.errors import Invalid

T = TypeVar("T")

_AT = re.compile(r" - at `\$\.?(?P<path>[^`]*)`\Z")
_LONGER = re.compile(r"Expected `str` of length <= (?P<most>\d+)")


async def bind(params: type[T], request: Request) -> T:
    """The struct `params`, filled from the body first and the query second.

    Raises `Invalid` with `field` (a path such as `poll.expires_in`) and Pleroma's words; `TooLarge`.
    """
    return convert(params, await parameters(request))


async def parameters(request: Request) -> Tree:
    """All that was sent, as a tree; a name in the body hides the same name in the query."""
    query = request.query
    body = await request.body.tree()
    if not query or not body:
        return body or query
    return {**query, **body}


def convert(params: type[T], tree: Tree) -> T:
    """The struct that `tree` spells. Raises as `bind` does."""
    bent = bend(fields_of(params), tree, "")
    try:
        return msgspec.convert(bent, params)
    except msgspec.ValidationError as problem:
        raise _translated(str(problem)) from None


def _translated(problem: str) -> Invalid:
    """The complaint of msgspec in Pleroma's words where there are any. Source: reference/pleroma 11.4."""
    place = _AT.search(problem)
    path = re.sub(r"\[[^\]]*\]", "", place["path"]) if place else ""
    words = problem[: place.start()] if place else problem
    if longer := _LONGER.match(words):
        words = f"String length is larger than maxLength: {longer['most']}"
    return Invalid(f"{name_of(path)} - {words}." if path else f"{words}.", field=path)
