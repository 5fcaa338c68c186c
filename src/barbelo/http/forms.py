"""Flat pairs as browsers and old clients send them -> one tree of dicts and lists.

`a[]=1&a[]=2`, `a[b]=c`, `a[0][name]=x`, `a[][name]=x&a[][value]=y`. Nothing is known of types
here, so a name that came twice stays a `Repeated` until somebody knows whether a list is wanted.
Source: reference/pleroma 1.1.
"""

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl

from barbelo.kernel.errors import Invalid, TooLarge

_BRACKETED = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)\Z")

Tree = dict[str, object]
Pairs = Iterable[tuple[str, object]]


class Repeated(list[object]):
    """The values of a plain name that came more than once: the last one, or a list of all."""


def clean(text: str) -> str:
    """Without NUL bytes and lone surrogates, neither of which PostgreSQL or JSON could hold."""
    if "\0" in text:
        text = text.replace("\0", "")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def pairs_of(urlencoded: bytes, most: int) -> list[tuple[str, object]]:
    """The pairs of a query string or an urlencoded body, in order. Raises `TooLarge` for more than `most`."""
    if not urlencoded:
        return []
    try:
        found = parse_qsl(urlencoded.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=most)
    except ValueError:
        raise TooLarge(f"More than {most} parameters") from None
    return [(clean(name), value) for name, value in found]


def nest(pairs: Pairs, most_levels: int) -> Tree:
    """The tree that the bracketed names spell.

    Raises `Invalid` where two names contradict each other (`a=1&a[b]=2`), `TooLarge` beyond
    `most_levels` of brackets.
    """
    tree: Tree = {}
    for name, value in pairs:
        if "[" in name and (match := _BRACKETED.match(name)):
            parts = [match[1], *match[2][1:-1].split("][")]
            if len(parts) > most_levels:
                raise TooLarge(f"{parts[0]} has more than {most_levels} levels", field=parts[0])
            _put(tree, parts, value, whole=name)
        else:
            _put_last(tree, name, value)
    return tree


def _put(node: Tree | list[object], parts: list[str], value: object, *, whole: str) -> None:
    head, rest = parts[0], parts[1:]
    if isinstance(node, list) != (head == ""):  # `a[]=1&a[b]=2`
        raise _contradiction(whole)
    if isinstance(node, list):
        if rest:
            _put(_element(node, rest, whole), rest, value, whole=whole)
        else:
            node.append(value)
    elif rest:
        _put(_child(node, head, rest[0], whole), rest, value, whole=whole)
    else:
        _put_last(node, head, value)


def _put_last(node: Tree, name: str, value: object) -> None:
    if name not in node:
        node[name] = value
        return
    there = node[name]
    if isinstance(there, dict):
        raise _contradiction(name)
    if isinstance(there, list):
        there.append(value)
    else:
        node[name] = Repeated([there, value])


def _child(node: Tree, name: str, following: str, whole: str) -> Tree | list[object]:
    """What stands under `name`: a list when `[]` follows, else a dict; made when it is not there."""
    fresh: Tree | list[object] = {} if following else []
    there = node.setdefault(name, fresh)
    if following and isinstance(there, dict):
        return there
    if not following and not isinstance(there, dict):  # `a=1&a[]=2` is a list of two
        node[name] = items = there if isinstance(there, list) else [there]
        return items
    raise _contradiction(whole)


def _element(items: list[object], rest: list[str], whole: str) -> Tree:
    """The object that `[][name]` means: the last one, until it has that name already."""
    if rest[0] == "":
        raise _contradiction(whole)
    last = items[-1] if items else None
    if isinstance(last, dict) and not _has(last, rest):
        return last
    fresh: Tree = {}
    items.append(fresh)
    return fresh


def _has(node: object, parts: list[str]) -> bool:
    for part in parts:
        if part == "" or not isinstance(node, dict) or part not in node:
            return False
        node = node[part]
    return True


def _contradiction(name: str) -> Invalid:
    root = name.partition("[")[0]
    return Invalid(f"{root} - Contradicting values.", field=root)
