"""Whether an answer has the shape that Mastodon's entities have: `check(body, "Status")`.

The schemas are those of `schemas/mastodon-openapi.json`. Names that a schema does not know pass, for Pleroma adds many.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Schema = Mapping[str, Any]

BEYOND: Mapping[str, frozenset[str]] = {"StatusVisibilityEnum": frozenset({"local", "list"})}
"""Values that Pleroma adds to an enumeration. Source: reference/pleroma 2.3."""

SHOWN = 12
"""Complaints in one message; a list of forty bad statuses says the same forty times."""


def check(entity: object, schema_name: str) -> None:
    """Raises `AssertionError` that names every place where `entity` is not a `schema_name`."""
    wrong = complaints(entity, schema_name)
    more = f"\n  and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
    assert not wrong, f"not a {schema_name}:\n  " + "\n  ".join(wrong[:SHOWN]) + more


def check_all(entities: object, schema_name: str) -> None:
    """A list, each thing in it a `schema_name`."""
    assert isinstance(entities, list), f"not a list of {schema_name}: {entities!r:.200}"
    for entity in entities:
        check(entity, schema_name)


def complaints(entity: object, schema_name: str) -> list[str]:
    """What is wrong, as `place: what`."""
    return list(_judge(entity, {"$ref": f"#/components/schemas/{schema_name}"}, "$"))


@cache
def schemas() -> Mapping[str, Schema]:
    text = (Path(__file__).parent / "schemas" / "mastodon-openapi.json").read_text(encoding="utf-8")
    found: Mapping[str, Schema] = json.loads(text)["components"]["schemas"]
    return found


def _judge(value: object, schema: Schema, place: str) -> Iterator[str]:
    if reference := schema.get("$ref"):
        name = reference.rpartition("/")[2]
        if not (isinstance(value, str) and value in BEYOND.get(name, ())):
            yield from _judge(value, schemas()[name], place)
        return
    types = schema.get("type", ())
    if types and not any(_is(value, one) for one in _listed(types)):
        yield f"{place}: {value!r:.80} is not {' or '.join(_listed(types))}"
    elif value is not None:
        yield from _judge_words(value, schema, place)
        yield from _judge_parts(value, schema, place)
    for rest in schema.get("allOf", ()):
        yield from _judge(value, rest, place)
    if choices := [*schema.get("oneOf", ()), *schema.get("anyOf", ())]:
        yield from _judge_choices(value, choices, place)


def _judge_choices(value: object, choices: Sequence[Schema], place: str) -> Iterator[str]:
    """One that fits is enough; else what the one complains of that is at least of the same kind."""
    failed = [list(_judge(value, choice, place)) for choice in choices]
    if all(failed):
        yield from next((wrong for wrong in failed if not wrong[0].startswith(f"{place}: ")), failed[0])


def _judge_words(value: object, schema: Schema, place: str) -> Iterator[str]:
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r:.80} is none of {', '.join(map(str, schema['enum']))}"
    if isinstance(value, str) and not _has_format(value, schema.get("format", "")):
        yield f"{place}: {value!r:.80} is not a {schema['format']}"


def _judge_parts(value: object, schema: Schema, place: str) -> Iterator[str]:
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _judge(item, schema.get("items", {}), f"{place}[{number}]")
    if not isinstance(value, dict):
        return
    known = schema.get("properties", {})
    yield from (f"{place}.{name} is missing" for name in schema.get("required", ()) if name not in value)
    for name, part in value.items():
        yield from _judge(part, known.get(name, schema.get("additionalProperties", {})), f"{place}.{name}")


def _listed(types: str | Sequence[str]) -> Sequence[str]:
    return (types,) if isinstance(types, str) else types


def _is(value: object, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    kinds = {"string": str, "integer": int, "number": (int, float), "array": list, "object": dict}
    return value is None if kind == "null" else isinstance(value, kinds.get(kind, ()))


def _has_format(text: str, name: str) -> bool:
    """Formats that a typed client would fail on. An empty e-mail address is one that nobody has set."""
    try:
        match name:
            case "date-time":
                return datetime.fromisoformat(text).tzinfo is not None
            case "date":
                return bool(date.fromisoformat(text))
            case "uri":
                return bool(urlsplit(text).scheme)
    except ValueError:
        return False
    return True
