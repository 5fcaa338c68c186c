"""All that can be asked of the routes, made from the routes themselves: `addresses(route, known)`.

`known` gives values by the names of placeholders and parameters. A placeholder that it does not name gets one value
of every kind; a parameter gets what its type allows. So a new route is asked without another word.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, get_args, get_type_hints
from urllib.parse import quote, urlencode

import msgspec
from msgspec import inspect

from barbelo.app import routes
from barbelo.http.openapi import About
from barbelo.http.paths import NAME
from barbelo.http.routes import Route
from people import HERE

Known = Mapping[str, Sequence[str]]

NOT_VARIED = frozenset({"max_id", "min_id", "since_id", "limit", "offset"})


def served(*methods: str) -> list[Route]:
    """The routes of these methods, without the documents about them."""
    found = routes(About(base=HERE.base, title="Barbelo"))
    return [route for route in found if route.method in methods and "openapi" not in route.path]


def paths(route: Route, known: Known) -> Iterator[tuple[str, dict[str, str]]]:
    """Its path with the placeholders filled in all ways, and with what. Aliases lead to the same handler."""
    some_of_all = list(dict.fromkeys(values[0] for values in known.values() if values))
    names = [match[1] for match in NAME.finditer(route.path)]
    for values in product(*(known.get(name, some_of_all) for name in names)):
        filled = dict(zip(names, values, strict=True))
        yield NAME.sub(lambda match, by=filled: quote(by[match[1]], safe="@"), route.path), filled


def queries(params: type[Any] | None, known: Known) -> Iterator[str]:
    """The least that may be asked, with every value; and with the first of them each other parameter by itself."""
    if params is None:
        yield ""
        return
    described = inspect.type_info(params)
    assert isinstance(described, inspect.StructType)
    needed: list[list[tuple[str, str]]] = [
        [(field.encode_name, value) for value in _values(field, known)]
        for field in described.fields
        if field.required
    ]
    least = list(product(*needed))
    yield from map(urlencode, least)
    for field in described.fields:
        if not field.required and field.encode_name not in NOT_VARIED:
            for value in _values(field, known):
                yield urlencode([*least[0], (field.encode_name, value)])


def _values(field: inspect.Field, known: Known) -> Sequence[str]:
    if field.encode_name in known:
        return known[field.encode_name]
    kinds = field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,)
    for kind in kinds:
        if isinstance(kind, inspect.BoolType):
            return ["true"]
        if isinstance(kind, inspect.LiteralType):
            return [str(value) for value in kind.values]
        if isinstance(kind, inspect.EnumType):
            return [str(one.value) for one in kind.cls]
        if isinstance(kind, inspect.IntType):
            return ["1"]
    return known["words"]


def gives(answer: Any, *wanted: type) -> bool:
    """Whether the annotation `answer` has one of `wanted` in it, however deep."""
    return _gives(answer, wanted, set())


def _gives(answer: Any, wanted: tuple[type, ...], seen: set[Any]) -> bool:
    if isinstance(answer, type) and issubclass(answer, wanted):
        return True
    if isinstance(answer, type) and issubclass(answer, msgspec.Struct):
        if answer in seen:
            return False
        seen.add(answer)
        return any(_gives(inner, wanted, seen) for inner in get_type_hints(answer).values())
    return any(_gives(inner, wanted, seen) for inner in get_args(answer))
