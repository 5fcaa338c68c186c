"""What a struct wants, made of what a client sent: types are bent here, and nowhere else.

A `Shape` is made once per struct type and bends the tree of `http/forms.py` or a decoded JSON
body: texts to integers and booleans, a single value to a list, an object with numeric keys to a
list, numbers to texts where ids are sent as numbers. Constraints (`Meta`) are msgspec's to check.
Source: reference/pleroma 1.1, 11.4 (the wording of complaints).
"""

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Final

import msgspec
from msgspec import NODEFAULT, inspect

from barbelo.http.forms import Repeated, clean
from barbelo.http.uploads import FileOrText, Upload
from barbelo.kernel.errors import Invalid
from barbelo.kernel.ids import find_flake

Shape = Callable[[object, str], object]
"""Takes a value and its path (`poll.options`); gives the bent value, or `ABSENT`; raises `Invalid`."""


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()
"""Nothing was sent, or what was sent means nothing: the struct's own default holds."""

TRUE = frozenset({"true", "1", "on", "t", "yes"})
FALSE = frozenset({"false", "0", "off", "f", "no", ""})
NOTHING = frozenset({"", "null", "undefined"})
"""Texts that mean "not given" where anything but a text is wanted."""

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}\Z")
_BIGINT = 2**63


def kind_of(value: object) -> str:
    """The JSON name of a value's type, for complaints."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    names = ((str, "string"), (int, "integer"), (float, "number"), (list, "array"), (dict, "object"))
    return next((name for of, name in names if isinstance(value, of)), "file")


def wrong(path: str, wanted: str, value: object) -> Invalid:
    return Invalid(f"{name_of(path)} - Invalid {wanted}. Got: {kind_of(value)}.", field=path)


def name_of(path: str) -> str:
    """The last name of a path: `poll.expires_in` -> `expires_in`."""
    return path.rpartition(".")[2]


def _last(value: object) -> object:
    return value[-1] if isinstance(value, Repeated) else value


def text(value: object, path: str) -> object:
    value = _last(value)
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong(path, "string", value)
    if isinstance(value, int) and value.bit_length() > 128:  # longer than any id
        raise wrong(path, "string", value)
    return str(value)


def integer(value: object, path: str) -> object:
    value = _last(value)
    if isinstance(value, str):
        stripped = value.strip()
        if stripped in NOTHING:
            return ABSENT
        if not _INTEGER.match(stripped):
            raise wrong(path, "integer", value)
        value = int(stripped)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not -_BIGINT <= value < _BIGINT:
        raise wrong(path, "integer", value)
    return value


def number(value: object, path: str) -> object:
    value = _last(value)
    if isinstance(value, str):
        if value.strip() in NOTHING:
            return ABSENT
        try:
            value = float(value) if len(value) <= 40 else math.nan
        except ValueError:
            raise wrong(path, "number", value) from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
        raise wrong(path, "number", value)
    return float(value)


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond any float
        return False


def boolean(value: object, path: str) -> object:
    value = _last(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and value in {0, 1}:
        return bool(value)
    if isinstance(value, str):
        word = value.strip().lower()
        if word in TRUE:
            return True
        if word in FALSE:
            return False
        if word in NOTHING:
            return ABSENT
    raise wrong(path, "boolean", value)


def moment(value: object, path: str) -> object:
    value = _last(value)
    if not isinstance(value, str):
        raise wrong(path, "date-time", value)
    if value.strip() in NOTHING:
        return ABSENT
    try:
        at = datetime.fromisoformat(value.strip())
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise wrong(path, "date-time", value) from None


def day(value: object, path: str) -> object:
    value = _last(value)
    if not isinstance(value, str):
        raise wrong(path, "date", value)
    if value.strip() in NOTHING:
        return ABSENT
    try:
        return date.fromisoformat(value.strip()[:10])
    except ValueError:
        raise wrong(path, "date", value) from None


def flake(value: object, path: str) -> object:
    value = text(value, path)
    if value in NOTHING:
        return ABSENT
    found = find_flake(str(value))
    if found is None:
        raise wrong(path, "id", value)
    return found


def anything(value: object, path: str) -> object:
    """As it came, cleaned. How deep it may be was decided when it was read."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Repeated):
        return anything(value[-1], path)
    if isinstance(value, list):
        return [anything(one, path) for one in value]
    if isinstance(value, dict):
        return {clean(str(name)): anything(one, path) for name, one in value.items()}
    if isinstance(value, Upload):
        raise wrong(path, "value", value)
    return value


def upload(value: object, path: str) -> object:
    value = _last(value)
    if isinstance(value, Upload):
        return value
    if isinstance(value, str) and value in NOTHING:  # "no change", say old clients
        return ABSENT
    raise wrong(path, "file", value)


def file_or_text(value: object, path: str) -> object:
    value = _last(value)
    if isinstance(value, Upload):
        return FileOrText(upload=value)
    return FileOrText(text=str(text(value, path)))


def _choice(allowed: frozenset[object]) -> Shape:
    def choice(value: object, path: str) -> object:
        value = _last(value)
        if not isinstance(value, list | dict) and value in allowed:
            return value
        if isinstance(value, str) and value in NOTHING:
            return ABSENT
        if isinstance(value, str) and _INTEGER.match(value) and int(value) in allowed:
            return int(value)
        raise Invalid(f"{name_of(path)} - Invalid value for enum.", field=path)

    return choice


def _listed(item: Shape) -> Shape:
    def listed(value: object, path: str) -> object:
        values = _as_list(value, path)
        if not isinstance(values, list):
            return ABSENT
        if values == [""]:  # `a[]=` is how a form says "empty list"
            return []
        shaped = [item(one, path) for one in values if one is not None]
        return [one for one in shaped if one is not ABSENT]

    return listed


def _as_list(value: object, path: str) -> object:
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        if not all(isinstance(name, str) and name.isascii() and name.isdigit() for name in value):
            raise wrong(path, "array", value)
        return [value[name] for name in sorted(value, key=lambda name: (len(name), name))]
    if isinstance(value, str) and value in NOTHING:
        return ABSENT
    return [value]


def _mapped(item: Shape) -> Shape:
    def mapped(value: object, path: str) -> object:
        value = _last(value)
        if isinstance(value, str) and value in NOTHING:
            return ABSENT
        if not isinstance(value, dict):
            raise wrong(path, "object", value)
        shaped = {clean(str(name)): item(one, f"{path}.{name}") for name, one in value.items()}
        return {name: one for name, one in shaped.items() if one is not ABSENT}

    return mapped


def _either(shapes: list[tuple[str, Shape]]) -> Shape:
    """Lists go to the shape of lists, objects to that of objects, the rest to whoever takes it first."""

    def either(value: object, path: str) -> object:
        wanted = "object" if isinstance(value, dict) else "list" if isinstance(value, list) else ""
        fitting = [shape for kind, shape in shapes if kind == wanted] or [shape for _, shape in shapes]
        for shape in fitting[:-1]:
            try:
                return shape(value, path)
            except Invalid:
                continue
        return fitting[-1](value, path)

    return either


class _Field(msgspec.Struct, frozen=True):
    name: str
    shape: Shape
    required: bool
    nullable: bool


def _object(fields: tuple[_Field, ...]) -> Shape:
    def whole(value: object, path: str) -> object:
        value = _last(value)
        if isinstance(value, str) and value in NOTHING:
            return ABSENT
        if not isinstance(value, dict):
            raise wrong(path, "object", value)
        return bend(fields, value, path)

    return whole


def bend(fields: tuple[_Field, ...], tree: dict[str, object], path: str) -> dict[str, object]:
    """Every field that was sent, bent; names that the struct does not know are left out."""
    shaped: dict[str, object] = {}
    for field in fields:
        value = tree.get(field.name, ABSENT)
        where = f"{path}.{field.name}" if path else field.name
        if value is None and field.nullable:
            shaped[field.name] = None
            continue
        if value is not ABSENT and value is not None:
            value = field.shape(value, where)
        if value is None and field.required:
            raise Invalid(f"{field.name} - null value.", field=where)
        if value is ABSENT and field.required:
            raise Invalid(f"Missing field: {field.name}.", field=where)
        if value is not ABSENT and value is not None:
            shaped[field.name] = value
    return shaped


_PLAIN: dict[type[inspect.Type], Shape] = {
    inspect.StrType: text,
    inspect.IntType: integer,
    inspect.FloatType: number,
    inspect.BoolType: boolean,
    inspect.DateTimeType: moment,
    inspect.DateType: day,
    inspect.UUIDType: flake,
    inspect.AnyType: anything,
}
_LISTS = (inspect.ListType, inspect.SetType, inspect.FrozenSetType, inspect.VarTupleType)
_FILES: dict[type, Shape] = {Upload: upload, FileOrText: file_or_text}


def _shape(of: inspect.Type) -> Shape:
    if isinstance(of, inspect.Metadata):
        return _shape(of.type)
    if plain := _PLAIN.get(type(of)):
        return plain
    if isinstance(of, _LISTS):
        return _listed(_shape(of.item_type))
    if isinstance(of, inspect.DictType):
        return _mapped(_shape(of.value_type))
    if isinstance(of, inspect.StructType):
        return _object(_fields(of))
    if isinstance(of, inspect.EnumType):
        return _choice(frozenset(one.value for one in of.cls))
    if isinstance(of, inspect.LiteralType):
        return _choice(frozenset(of.values))
    if isinstance(of, inspect.UnionType):
        return _union(of)
    if isinstance(of, inspect.CustomType) and of.cls in _FILES:
        return _FILES[of.cls]
    raise TypeError(f"No parameter can be of type {of}")


def _union(of: inspect.UnionType) -> Shape:
    some = [(_group(one), _shape(one)) for one in of.types if not isinstance(one, inspect.NoneType)]
    shape = some[0][1] if len(some) == 1 else _either(some)
    if not of.includes_none:
        return shape
    return lambda value, path: None if value is None else shape(value, path)


def _group(of: inspect.Type) -> str:
    if isinstance(of, _LISTS):
        return "list"
    return "object" if isinstance(of, inspect.StructType | inspect.DictType) else ""


def _fields(of: inspect.StructType) -> tuple[_Field, ...]:
    return tuple(
        _Field(
            name=field.encode_name,
            shape=_shape(field.type),
            required=field.required and field.default is NODEFAULT,
            nullable=isinstance(field.type, inspect.UnionType) and field.type.includes_none,
        )
        for field in of.fields
    )


_KNOWN: dict[type, tuple[_Field, ...]] = {}


def fields_of(params: type) -> tuple[_Field, ...]:
    """The fields of a parameter struct with their shapes. Raises `TypeError` for a type we cannot read."""
    if known := _KNOWN.get(params):
        return known
    described = inspect.type_info(params)
    if not isinstance(described, inspect.StructType):
        raise TypeError(f"{params} is not a struct")
    return _KNOWN.setdefault(params, _fields(described))
