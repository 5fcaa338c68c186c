"""The OpenAPI 3.1 document, made of the very routes that serve.

Every parameter of a route stands in its struct, so every parameter shows up here.
"""

import inspect
import re
from collections.abc import Iterable, Sequence
from types import NoneType, UnionType
from typing import Any, get_args

import msgspec
from msgspec import Struct

from barbelo import __version__
from barbelo.http.paths import NAME, names_in
from barbelo.http.replies import Bytes, Html, Redirect, Reply, Stream, Text
from barbelo.http.routes import Auth, Route
from barbelo.http.uploads import FileOrText, Upload

Schema = dict[str, Any]

_REF = "#/components/schemas/{name}"
_BINARY = {"type": "string", "format": "binary"}
_FREE = (Reply, Bytes, Stream)
_TYPES: dict[type, str] = {Html: "text/html", Text: "text/plain", Redirect: ""}
_FORMS = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
_BODYLESS = frozenset({"GET", "DELETE"})

_SECURITY = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "An OAuth access token: `Authorization: Bearer`, or the parameter `access_token`.",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "_pleroma_key",
        "description": "The session of our own pages; counts only for requests from these pages.",
    },
    "password": {
        "type": "http",
        "scheme": "basic",
        "description": "Nickname and password; no second factor.",
    },
}
_WHO: dict[Auth, str] = {
    "none": "Everybody; credentials are not looked at.",
    "optional": "Everybody; signed-in people see more.",
    "app": "Any valid token, also one without a person.",
    "user": "Signed-in people.",
    "staff": "Moderators and administrators.",
    "admin": "Administrators.",
}


class Error(Struct):
    """What every refusal says. Other names may stand beside it."""

    error: str


class About(Struct, frozen=True, kw_only=True):
    """What the document says of itself. `base` is the public address."""

    base: str
    title: str = "Barbelo"
    version: str = __version__


def document(routes: Iterable[Route], about: About) -> Schema:
    """The whole document, ready for JSON."""
    routes = list(routes)
    kinds = _Kinds(routes)
    paths: dict[str, Schema] = {}
    for route in routes:
        for path in route.paths:
            paths.setdefault(NAME.sub(r"{\1}", path), {})[route.method.lower()] = _operation(
                route, path, kinds
            )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": about.title,
            "version": about.version,
            "description": (
                "Parameters may come in the query, as a form, as multipart or as JSON, whatever is written below; "
                "the body goes before the query, and names that are not known are ignored. "
                "Forms and queries write lists as `a[]=1&a[]=2` and objects as `a[b]=c`."
            ),
        },
        "servers": [{"url": about.base}],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": kinds.components, "securitySchemes": _SECURITY},
    }


class _Kinds:
    """The schemas of all types that routes name, each known once."""

    def __init__(self, routes: Sequence[Route]) -> None:
        wanted: list[Any] = [Error]
        for route in routes:
            wanted += [kind for kind in (route.params, *_answered(route)) if kind is not None]
        schemas, self.components = msgspec.json.schema_components(
            wanted, schema_hook=_hook, ref_template=_REF
        )
        self._known = list(zip(wanted, map(_plain, schemas), strict=True))
        self.components = {name: _plain(schema) for name, schema in sorted(self.components.items())}

    def of(self, kind: Any) -> Schema:
        return next(schema for known, schema in self._known if known == kind)

    def fields_of(self, params: type) -> tuple[dict[str, Schema], list[str]]:
        """The schema of each parameter, and the names of those that have to be there."""
        schema = self.of(params)
        name = schema.get("$ref", "").rpartition("/")[2]
        whole = self.components.get(name, schema)
        return whole.get("properties", {}), whole.get("required", [])


def _hook(kind: type) -> Schema:
    if kind is Upload:
        return _BINARY
    if kind is FileOrText:
        return {"anyOf": [_BINARY, {"type": "string"}]}
    return {}


def _plain(schema: Any) -> Any:
    """Ids are flakes here, never the hyphened form that msgspec supposes."""
    if isinstance(schema, dict):
        return {k: _plain(v) for k, v in schema.items() if not (k == "format" and v == "uuid")}
    return [_plain(one) for one in schema] if isinstance(schema, list) else schema


def _answered(route: Route) -> tuple[Any, ...]:
    """The JSON types that the route may give back; none where it gives something else."""
    kind = route.returns
    for one in (kind, *get_args(kind)):
        if one in _FREE or one in _TYPES:
            return ()
    if kind in {None, NoneType, Any, object, inspect.Signature.empty}:
        return ()
    return get_args(kind) if isinstance(kind, UnionType) else (kind,)


def _operation(route: Route, path: str, kinds: _Kinds) -> Schema:
    unique = re.sub(r"\W+", "_", f"{route.method.lower()}{path.removesuffix('}')}")
    found: Schema = {
        "operationId": unique,
        "summary": route.summary or route.handler.__name__.replace("_", " "),
        "tags": list(route.tags) or [tag_of(route.path)],
        "description": "\n\n".join(filter(None, [route.description, _WHO[route.auth], _limits(route)])),
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in names_in(path)
        ],
        "security": _security(route),
        "responses": _responses(route, kinds),
    }
    if path != route.path:
        found["description"] += f"\n\nThe same as `{route.path}`."
    if route.params is not None and route.method in _BODYLESS:
        found["parameters"] += _in_query(route.params, kinds)
    elif route.params is not None:
        schema, required = kinds.of(route.params), kinds.fields_of(route.params)[1]
        found["requestBody"] = {
            "required": bool(required),
            "content": {form: {"schema": schema} for form in _forms(route.params, kinds)},
        }
    return found


def _forms(params: type, kinds: _Kinds) -> tuple[str, ...]:
    """The media types that can carry these parameters: a file that has to be there comes by multipart only."""
    properties, required = kinds.fields_of(params)
    return _FORMS[2:] if any(properties[name] == _BINARY for name in required) else _FORMS


def tag_of(path: str) -> str:
    """The subject of a path: its first name that is no version and no prefix."""
    names = [name for name in path.split("/") if name and not name.startswith("{")]
    return next((name for name in names if name not in {"api", "v1", "v2", "v3", "v4", "pleroma"}), "other")


def _limits(route: Route) -> str:
    return f"Limited by: {', '.join(route.limits)}." if route.limits else ""


def _security(route: Route) -> list[dict[str, list[str]]]:
    if route.auth == "none":
        return []
    tokens = [{"token": [scope]} for scope in route.scopes] or [{"token": list[str]()}]
    if route.auth == "app":
        return tokens
    return [*tokens, {"cookie": []}, {"password": []}, *([{}] if route.auth == "optional" else [])]


def _in_query(params: type, kinds: _Kinds) -> list[Schema]:
    properties, required = kinds.fields_of(params)
    found: list[Schema] = []
    for name, schema in properties.items():
        parts = [schema, *schema.get("anyOf", [])]
        is_list = any(part.get("type") == "array" for part in parts)
        is_object = any(part.get("type") == "object" or "$ref" in part for part in parts)
        one: Schema = {"name": f"{name}[]" if is_list else name, "in": "query", "required": name in required}
        if is_object and not is_list:
            one |= {"style": "deepObject", "explode": True}
        found.append(one | {"schema": schema})
    return found


def _responses(route: Route, kinds: _Kinds) -> Schema:
    refused = {"application/json": {"schema": kinds.of(Error)}}
    statuses = {"400": "The wish makes no sense", "404": "Not there, or not for you", "429": "Slower, please"}
    if route.path.startswith("/api/") and not route.path.startswith(("/api/pleroma/", "/api/v1/pleroma/")):
        statuses["422"] = statuses.pop("400")
    if route.auth != "none":
        statuses["401"] = "The token is no good"
    if route.auth not in {"none", "optional"}:
        statuses["403"] = "Nobody is signed in, or this is not allowed"
    statuses |= {str(status): "Refused" for status in route.statuses.values() if str(status) not in statuses}
    statuses["503"] = "Too much to do; ask again"
    found: Schema = {str(route.status): _success(route, kinds)}
    found |= {
        status: {"description": words, "content": refused} for status, words in sorted(statuses.items())
    }
    return found


def _success(route: Route, kinds: _Kinds) -> Schema:
    if answered := _answered(route):
        schemas = [kinds.of(kind) for kind in answered]
        schema = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
        return {"description": "Done", "content": {"application/json": {"schema": schema}}}
    for one in (route.returns, *get_args(route.returns)):
        if one in _TYPES:
            return {"description": "Done", "content": {_TYPES[one]: {}} if _TYPES[one] else {}}
    if route.returns in _FREE:
        return {"description": "Done"}
    return {"description": "Done", "content": {"application/json": {"schema": {}}}}
