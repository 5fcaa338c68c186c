"""The document of the API is made of the routes that serve it."""

from html.parser import HTMLParser
from typing import Annotated, Any, Literal
from uuid import UUID

import httpx
from msgspec import Meta, Struct

from barbelo.http.context import Ctx
from barbelo.http.door import build
from barbelo.http.openapi import About
from barbelo.http.openapi_page import describing
from barbelo.http.paging import PageParams
from barbelo.http.replies import Html, Reply
from barbelo.http.routes import get, post
from barbelo.http.uploads import FileOrText, Upload
from barbelo.kernel.errors import NotFound
from barbelo.kernel.ids import StatusId
from door_app import BASE, client_of, door, routes_of


class Poll(Struct):
    options: list[str]


class NewThing(Struct, kw_only=True):
    """A thing <b>to</b> make."""

    status: Annotated[str, Meta(max_length=500, description="What it says")]
    media_ids: list[str] = []
    poll: Poll | None = None
    reply_to: UUID | None = None
    mood: Literal["glad", "sad"] = "glad"


class Thing(Struct):
    id: str


class Portrait(Struct):
    file: Upload
    banner: FileOrText | None = None


class ThingQuery(PageParams, frozen=True, kw_only=True):
    only_media: bool = False
    types: tuple[str, ...] = ()
    poll: Poll | None = None


@post("/api/v1/things", scope=("write:things", "follow"), params=NewThing, limit="statuses_actions")
async def make_thing(_: Ctx, new: NewThing) -> Thing:
    """Make a thing.

    It stays.
    """
    return Thing(new.status)


@get("/api/v1/pleroma/things/{thing_id}", auth="optional", params=ThingQuery, statuses={NotFound: 418})
async def show_things(_: Ctx, query: ThingQuery, thing_id: StatusId) -> list[Thing] | None:
    del query, thing_id
    return None


@post("/api/v1/portrait", scope="write:accounts", params=Portrait)
async def portrait(_: Ctx, new: Portrait) -> Reply:
    return Reply(new.file.size_bytes)


@get("/oauth/page", auth="none")
async def page(_: Ctx) -> Html:
    return Html("x")


async def asked(path: str, accept: str = "*/*") -> httpx.Response:
    routes = routes_of(make_thing, show_things, portrait, page)
    app = build([*routes, *describing(routes, About(base=BASE))], door())
    async with client_of(app) as client:
        return await client.get(path, headers={"accept": accept})


async def described() -> dict[str, Any]:
    found: dict[str, Any] = (await asked("/api/openapi")).json()
    return found


async def test_every_route_and_every_alias_stands_in_the_document() -> None:
    document = await described()
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]) == {
        "/api/v1/things", "/api/v1/pleroma/things/{thing_id}", "/api/pleroma/things/{thing_id}", "/api/v1/portrait",
        "/oauth/page", "/api/openapi", "/api/openapi.html",
    }  # fmt: skip
    ids = [one["operationId"] for path in document["paths"].values() for one in path.values()]
    assert len(ids) == len(set(ids))


async def test_every_parameter_shows_up() -> None:
    document = await described()
    query = document["paths"]["/api/pleroma/things/{thing_id}"]["get"]["parameters"]
    assert [(one["in"], one["name"], one["required"]) for one in query] == [
        ("path", "thing_id", True),
        *(
            ("query", name, False)
            for name in ("max_id", "since_id", "min_id", "limit", "offset", "only_media")
        ),
        ("query", "types[]", False),
        ("query", "poll", False),
    ]
    assert query[-1]["style"] == "deepObject"
    body = document["paths"]["/api/v1/things"]["post"]["requestBody"]
    assert body["required"] is True
    assert set(body["content"]) == {
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    }
    schema = document["components"]["schemas"]["NewThing"]
    assert set(schema["properties"]) == {"status", "media_ids", "poll", "reply_to", "mood"}
    assert schema["required"] == ["status"]
    assert schema["properties"]["status"]["maxLength"] == 500
    assert "uuid" not in str(schema)


async def test_files_come_by_multipart() -> None:
    document = await described()
    content = document["paths"]["/api/v1/portrait"]["post"]["requestBody"]["content"]
    assert set(content) == {"multipart/form-data"}
    assert document["components"]["schemas"]["Portrait"]["properties"]["file"] == {
        "type": "string",
        "format": "binary",
    }


async def test_scopes_answers_and_limits_are_told() -> None:
    document = await described()
    make = document["paths"]["/api/v1/things"]["post"]
    assert {"token": ["write:things"]} in make["security"]
    assert {"token": ["follow"]} in make["security"]
    assert {} not in make["security"]
    assert "statuses_actions" in make["description"]
    assert (make["summary"], make["description"].splitlines()[0]) == ("Make a thing.", "It stays.")
    assert make["responses"]["200"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Thing"
    }
    assert {"401", "403", "404", "422", "429", "503"} <= set(make["responses"])
    show = document["paths"]["/api/v1/pleroma/things/{thing_id}"]["get"]
    assert {} in show["security"]
    assert "418" in show["responses"]
    assert "400" in show["responses"]
    assert document["paths"]["/oauth/page"]["get"]["security"] == []


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if "$ref" in value else set()
        return own.union(*(references(one) for one in value.values()))
    return set[str]().union(*(references(one) for one in value)) if isinstance(value, list) else set()


async def test_no_reference_leads_nowhere() -> None:
    document = await described()
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references(document) <= known


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.targets: set[str] = set()
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.tags.add(tag)
        self.ids.add(named.get("id") or "")
        self.targets.add(named.get("href") or "")


async def test_people_get_a_page_without_scripts_and_without_strangers() -> None:
    for path, accept in (
        ("/api/openapi.html", "*/*"),
        ("/api/openapi", "text/html,application/xhtml+xml,*/*;q=0.8"),
    ):
        answer = await asked(path, accept)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        reader = Reader()
        reader.feed(answer.text)
        assert not reader.tags & {"script", "link", "img", "iframe"}
        assert all(target[1:] in reader.ids for target in reader.targets if target.startswith("#"))
        assert not any(target.startswith("http") for target in reader.targets)
        assert "/api/v1/things" in answer.text
        assert "&lt;b&gt;to&lt;/b&gt;" in answer.text
        assert "<b>to</b>" not in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_programs_get_json_however_they_ask() -> None:
    for path, accept in (
        ("/api/openapi", "application/json"),
        ("/api/openapi.json", "text/html"),
        ("/api/openapi", "*/*"),
    ):
        assert (await asked(path, accept)).headers["content-type"] == "application/json; charset=utf-8"
