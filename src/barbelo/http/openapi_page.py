"""The OpenAPI document as a page for people: plain HTML, no script, nothing from elsewhere."""

import base64
import hashlib
from collections.abc import Callable
from html import escape
from typing import Any

from barbelo.http.context import Ctx
from barbelo.http.openapi import About, Schema, document
from barbelo.http.replies import Html, Reply
from barbelo.http.routes import Route, route_of

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 3rem; border-bottom: 1px solid; }
details { margin: .5rem 0; padding: .5rem .75rem; border: 1px solid #8886; border-radius: .5rem; }
summary { cursor: pointer; overflow-wrap: anywhere; }
summary b { display: inline-block; min-width: 4.5rem; }
summary span { opacity: .75; }
table { border-collapse: collapse; width: 100%; margin: .75rem 0; }
th, td { text-align: left; vertical-align: top; padding: .25rem .5rem; border-top: 1px solid #8884; }
nav a { display: inline-block; margin-right: .75rem; }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "content-security-policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'; base-uri 'none'",
    "cache-control": "public, max-age=300",
}


def page(document: Schema) -> str:
    """The whole page."""
    info, schemas = document["info"], document["components"]["schemas"]
    by_tag: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            by_tag.setdefault(operation["tags"][0], []).append(_operation(method.upper(), path, operation))
    tags = sorted(by_tag)
    links = "".join(f'<a href="#{escape(tag)}">{escape(tag)}</a>' for tag in tags)
    parts = [f'<h2 id="{escape(tag)}">{escape(tag)}</h2>{"".join(by_tag[tag])}' for tag in tags]
    parts.append('<h2 id="schemas">Shapes</h2>')
    parts += [_schema(name, schema) for name, schema in schemas.items()]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(info['title'])} API</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(info['title'])} API <small>{escape(info['version'])}</small></h1>{_prose(info['description'])}"
        f'<p>The same for programs: <a href="/api/openapi.json">OpenAPI 3.1</a>.</p><nav>{links}'
        f'<a href="#schemas">Shapes</a></nav>{"".join(parts)}</body></html>'
    )


def _prose(text: str) -> str:
    return "".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n") if part)


def _operation(method: str, path: str, operation: Schema) -> str:
    body = operation.get("requestBody", {}).get("content", {})
    shape = next((one["schema"] for one in body.values()), None)
    rows = [
        _row(one["name"], one["in"], one["schema"], required=one["required"])
        for one in operation["parameters"]
    ]
    scopes = sorted({scope for one in operation["security"] for scope in one.get("token", [])})
    return (
        f"<details><summary><b>{method}</b> <code>{escape(path)}</code> <span>{escape(operation['summary'])}</span>"
        f"</summary>{_prose(operation['description'])}"
        + (f"<p>Scope: <code>{escape(' | '.join(scopes))}</code></p>" if scopes else "")
        + (f"<table><tr><th>Name<th>Where<th>Type<th></tr>{''.join(rows)}</table>" if rows else "")
        + (f"<p>Body: {_type(shape)}</p>" if shape else "")
        + "".join(
            _answer(status, answer) for status, answer in operation["responses"].items() if status < "300"
        )
        + "</details>"
    )


def _answer(status: str, answer: Schema) -> str:
    kinds = [
        _type(content["schema"]) if content.get("schema") else escape(kind)
        for kind, content in answer.get("content", {}).items()
    ]
    return f"<p>Answer {status}: {', '.join(kinds) or 'see the description'}</p>"


def _row(name: str, where: str, schema: Schema, *, required: bool) -> str:
    notes = [
        f"{word} {schema[word]}"
        for word in ("minimum", "maximum", "maxLength", "minLength")
        if word in schema
    ]
    notes += [f"default {schema['default']!r}"] if schema.get("default") is not None else []
    notes += [str(schema["description"])] if "description" in schema else []
    must = "required" if required else ""
    return (
        f"<tr><td><code>{escape(name)}</code><td>{escape(where)}<td>{_type(schema)}"
        f"<td>{escape('; '.join(filter(None, [must, *notes])))}</tr>"
    )


def _type(schema: Any) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#schema-{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " ".join(f"<code>{escape(str(one))}</code>" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return escape(" ".join(filter(None, [schema.get("type", "anything"), schema.get("format", "")])))


def _schema(name: str, schema: Schema) -> str:
    required = schema.get("required", [])
    rows = "".join(
        _row(field, "", one, required=field in required)
        for field, one in schema.get("properties", {}).items()
    )
    return (
        f'<details id="schema-{escape(name)}"><summary><code>{escape(name)}</code></summary>'
        f"{_prose(schema.get('description', ''))}"
        + (f"<table><tr><th>Name<th><th>Type<th></tr>{rows}</table>" if rows else f"<p>{_type(schema)}</p>")
        + "</details>"
    )


def describing(routes: list[Route], about: About) -> list[Route]:
    """The routes that show all routes, themselves included."""
    known: dict[str, Schema] = {}

    def made() -> Schema:
        if not known:
            known.update(document([*routes, *own], about))
        return known

    own = [
        route_of("GET", "/api/openapi", {"auth": "none", "tags": ("openapi",)}, _negotiated(made)),
        route_of("GET", "/api/openapi.html", {"auth": "none", "tags": ("openapi",)}, _readable(made)),
    ]
    return own


def _negotiated(made: Callable[[], Schema]) -> Callable[[Ctx], Any]:
    async def openapi(ctx: Ctx) -> Reply:
        """This very document: OpenAPI 3.1, or a page for who asks for HTML."""
        accepted = ctx.request.header("accept")
        if (
            ctx.request.format != "json"
            and "text/html" in accepted
            and "json" not in accepted.partition("text/html")[0]
        ):
            return Reply(Html(page(made())), headers=_HEADERS)
        return Reply(made(), headers={"cache-control": "public, max-age=300"})

    return openapi


def _readable(made: Callable[[], Schema]) -> Callable[[Ctx], Any]:
    async def openapi_page(_: Ctx) -> Reply:
        """This document as a page for people."""
        return Reply(Html(page(made())), headers=_HEADERS)

    return openapi_page
