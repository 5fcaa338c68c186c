"""Nonsense, sent to every route that there is: a clear no in JSON, never a crash, never an endless wait.

The routes are read from the application, so a new one is tried without another word.
"""

import json
import time
from urllib.parse import urlencode

import pytest

from askable import served
from barbelo.http.errors import is_api
from barbelo.http.paths import NAME
from barbelo.http.shapes import fields_of
from pictures import png, quarters

STATUSES = "/api/v1/statuses"
TEN_MB = 10_000_000
LONGEST_S = 5.0  # on a busy machine; a normal answer takes some milliseconds
JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
MULTIPART = {"content-type": "multipart/form-data; boundary=x"}

BODIES = {
    "cut JSON": (JSON, b'{"status": "x"'),
    "no JSON": (JSON, b"status=x"),
    "a list": (JSON, b"[1, 2]"),
    "a text": (JSON, b'"x"'),
    "null": (JSON, b"null"),
    "deep JSON": (JSON, b'{"a":' * 100_000),
    "deep lists": (JSON, b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}"),
    "numbers without end": (JSON, b'{"id":' + b"9" * 10_000 + b',"limit":1e999}'),
    "bad UTF-8": (JSON, b'{"status":"\xff\xfe","id":"\xff"}'),
    "half an emoji": (JSON, b'{"status":"\\ud83d","id":"\\udc00"}'),
    "deep brackets": (FORM, b"a" + b"[b]" * 500 + b"=1"),
    "contradiction": (FORM, b"id=1&id[a]=2&status=1&status[]=2"),
    "many parameters": (FORM, b"&".join(b"a%d=1" % number for number in range(5000))),
    "odd brackets": (FORM, b"id[=1&]id=2&[]=3&id[][]=4&[id]=5"),
    "percent": (FORM, b"id=%&status=%zz&q=%00%ff"),
    "no boundary": ({"content-type": "multipart/form-data"}, b"--x\r\n\r\nx"),
    "cut multipart": (MULTIPART, b'--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nabc'),
    "no parts": (MULTIPART, b"hello"),
    "unknown type": ({"content-type": "application/xml"}, b"<status>x</status>"),
    "no type": ({}, b"\x00\x01\x02"),
}  # fmt: skip
HUGE = {
    "huge JSON": (JSON, b'{"status":"' + b"x" * TEN_MB + b'"}'),
    "huge form": (FORM, b"status=" + b"x" * TEN_MB),
    "huge multipart": (
        MULTIPART,
        b'--x\r\ncontent-disposition: form-data; name="status"\r\n\r\n' + b"x" * TEN_MB + b"\r\n--x--\r\n",
    ),
}
PAGES = {"/oauth/authorize"}
"""What people look at, although it lies where apps call."""

VALUES = [
    {"a": {"b": [1]}},
    [[["x"]], {"a": 1}],
    "\0",
    "x" * 20_000,
    10**30,
    -1,
    1.5,
    True,
    "' or 1=1; -- %s {0} ${x} ../../etc/passwd",
    "\u202e\U0001f468\u200d\U0001f469\ufffe",
]
PLACES = ["%00", "x" * 300, "-1", "9" * 40, "%F0%9F%98%80", "..%2f..%2fetc", "null", "%25", "1'--"]


class Trying:
    """Sends nonsense as somebody who may do everything; `wrong` says where the answer was not a clear one."""

    def __init__(self, api, who):
        self.api = api
        self.who = who
        self.wrong = []

    async def __call__(self, what, method, path, **call):
        began = time.monotonic()
        answer = await self.api.call(method, path, as_=self.who, **call)
        took_s = time.monotonic() - began
        if complaint := self._complaint(answer, took_s):
            self.wrong.append(f"{what}: {method} {path[:120]}: {complaint}")
        return answer

    @staticmethod
    def _complaint(answer, took_s):
        if answer.status_code >= 500:
            return f"{answer.status_code} {answer.text[:200]}"
        if took_s > LONGEST_S:
            return f"{took_s:.1f} s"
        path = answer.request.url.path
        if answer.status_code < 400 or not is_api(path) or path in PAGES:
            return None
        try:
            error = answer.json()["error"]
        except (json.JSONDecodeError, KeyError, TypeError):
            return f"no JSON error: {answer.text[:200]}"
        return None if isinstance(error, str) and error else f"no words: {error!r}"


@pytest.fixture
async def trying(api, alice):
    return Trying(api, alice)


def plain(route, value="1"):
    return NAME.sub(value, route.path)


async def real(api, alice, route):
    """The path of the route with things in it that alice may really ask for; new ones each time, for some go."""
    if not (names := [match[1] for match in NAME.finditer(route.path)]):
        return route.path
    things = {"account_id": "carol", "name": "@alice", "tag": "cats"}
    if {"status_id", "poll_id"} & {*names}:
        poll = {"options": ["a", "b"], "expires_in": 3600}
        status = await api.post(STATUSES, as_=alice, status="@carol #cats", visibility="unlisted", poll=poll)
        things["status_id"] = things["poll_id"] = status["id"]
    if "media_id" in names:
        file = {"file": ("a.png", png(quarters(8, 8)), "image/png")}
        things["media_id"] = (await api.call("POST", "/api/v1/media", as_=alice, files=file)).json()["id"]
    if "conversation_id" in names:
        await api.post(STATUSES, as_=alice, status="@carol", visibility="direct")
        things["conversation_id"] = (await api.get("/api/v1/conversations", as_=alice))[0]["id"]
    if "scheduled_id" in names:
        wish = {"status": "later", "scheduled_at": "2090-01-01T00:00:00Z"}
        things["scheduled_id"] = (await api.post(STATUSES, as_=alice, **wish))["id"]
    return NAME.sub(lambda match: things.get(match[1], "1"), route.path)


async def test_nonsense_in_bodies_is_told_so(trying):
    for route in served("POST", "PUT", "PATCH", "DELETE"):
        for what, (headers, body) in BODIES.items():
            await trying(what, route.method, plain(route), headers=headers, content=body)
    assert trying.wrong == []


async def test_ten_megabytes_are_too_much_wherever_they_are_read(trying):
    for route in served("POST", "PUT", "PATCH", "DELETE"):
        if route.params is None:
            continue  # the body is not even read
        for what, (headers, body) in HUGE.items():
            answer = await trying(what, route.method, plain(route), headers=headers, content=body)
            if route.path.startswith("/api") and answer.status_code != 413:
                trying.wrong.append(f"{what}: {route.method} {route.path}: {answer.status_code}, not 413")
    assert trying.wrong == []


async def test_nonsense_in_parameters_is_told_so(api, alice, carol, trying):
    for route in served("GET", "POST", "PUT", "PATCH", "DELETE"):
        fields = fields_of(route.params) if route.params else ()
        needed = {field.name: "carol" for field in fields if field.required}
        for field in fields:
            path = await real(api, alice, route)
            for value in VALUES:
                if route.method == "GET":
                    text = value if isinstance(value, str) else json.dumps(value)
                    await trying(field.name, "GET", path, params=needed | {field.name: text[:2000]})
                else:
                    await trying(field.name, route.method, path, json=needed | {field.name: value})
            for query in (
                f"{field.name}[a][b]=1",
                f"{field.name}[]=1&{field.name}[]=",
                f"{field.name}[0][a]=%00",
            ):
                others = {name: text for name, text in needed.items() if name != field.name}
                await trying(field.name, route.method, f"{path}?{query}&{urlencode(others)}")
    assert trying.wrong == []


async def test_nonsense_in_paths_is_not_found(trying):
    for route in served("GET", "POST", "PUT", "PATCH", "DELETE"):
        if NAME.search(route.path):
            for value in PLACES:
                answer = await trying("path", route.method, plain(route, value), json={})
                if answer.status_code < 400 and "_id}" in route.path:  # a word may be any word
                    trying.wrong.append(f"{route.method} {plain(route, value)[:80]}: {answer.status_code}")
    assert trying.wrong == []


async def test_guests_who_send_nonsense_are_told_so(api, trying):
    trying.who = None
    for route in served("GET", "POST", "PUT", "PATCH", "DELETE"):
        for what in ("cut JSON", "deep brackets", "cut multipart"):
            headers, body = BODIES[what]
            await trying(what, route.method, plain(route), headers=headers, content=body)
        await trying("query", route.method, f"{plain(route)}?a[=1&b[c]=2&b=3&limit=x&%00=%ff")
    assert trying.wrong == []
