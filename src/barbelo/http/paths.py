"""Finds what stands at a path. Fixed names go before placeholders, and a wrong turn is taken back.

Litestar's own router does not turn back: once `/packs/{name}/files` and `/packs/import/{x}` exist,
`/packs/import/files` would be lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

NAME = re.compile(r"\{(\w+)(:path|)\}")
"""A placeholder: `{id}` is one segment, `{rest:path}` (at the end only) is one or more."""


class _Node(Generic[T]):
    __slots__ = ("any", "fixed", "here", "rest")

    def __init__(self) -> None:
        self.fixed: dict[str, _Node[T]] = {}
        self.any: _Node[T] | None = None
        self.rest: _Node[T] | None = None
        self.here: T | None = None


def names_in(pattern: str) -> tuple[str, ...]:
    """The names of the placeholders, in order."""
    return tuple(match[1] for match in NAME.finditer(pattern))


def shape_of(pattern: str) -> str:
    """The pattern without those names: two patterns of one shape stand at the same place."""
    return NAME.sub(r"{_\2}", pattern)


class Paths(Generic[T]):
    """A table of path patterns. Values are never None."""

    def __init__(self) -> None:
        self._plain: dict[str, T] = {}
        self._root: _Node[T] = _Node()

    def add(self, pattern: str, value: T) -> None:
        if "{" not in pattern:
            self._plain[pattern] = value
            return
        node = self._root
        for segment in pattern.strip("/").split("/"):
            node = _below(node, segment)
        node.here = value

    def find(self, path: str) -> tuple[T, tuple[str, ...]] | None:
        """What stands at `path`, and what the placeholders stand for, in order."""
        plain = self._plain.get(path)
        if plain is not None:
            return plain, ()
        for node, values in _walk(self._root, path.split("/"), 1, ()):
            if node.here is not None:
                return node.here, values
        return None


def _below(node: _Node[T], segment: str) -> _Node[T]:
    placeholder = NAME.fullmatch(segment)
    if placeholder is None:
        return node.fixed.setdefault(segment, _Node())
    if placeholder[2]:
        node.rest = node.rest or _Node()
        return node.rest
    node.any = node.any or _Node()
    return node.any


def _walk(
    node: _Node[T], segments: list[str], at: int, values: tuple[str, ...]
) -> Iterator[tuple[_Node[T], tuple[str, ...]]]:
    """Every node where the segments may end, the most fixed first."""
    if at == len(segments):
        yield node, values
        return
    segment = segments[at]
    if segment in node.fixed:
        yield from _walk(node.fixed[segment], segments, at + 1, values)
    if segment and node.any is not None:
        yield from _walk(node.any, segments, at + 1, (*values, segment))
    if segment and node.rest is not None:
        yield node.rest, (*values, "/".join(segments[at:]))
