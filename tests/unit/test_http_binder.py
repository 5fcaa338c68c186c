"""Whatever form it comes in, the same wish makes the same struct; nonsense makes an error with a reason."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET, Meta, Struct, UnsetType

from barbelo.http.binder import bind, convert
from barbelo.http.body import Body, ReadingLimits
from barbelo.http.request import Request
from barbelo.http.uploads import FileOrText, Upload
from barbelo.kernel.errors import BarbeloError, Invalid, TooLarge
from barbelo.kernel.ids import get_flake

FLAKE = "9hptFmVJ02khbzYJaS"


class Poll(Struct):
    options: list[str]
    expires_in: Annotated[int, Meta(ge=0)]
    multiple: bool = False


class Field(Struct):
    name: str
    value: str = ""


class Mood(StrEnum):
    GLAD = "glad"
    SAD = "sad"


class Wish(Struct, kw_only=True):
    status: str | None = None
    media_ids: list[str] = []
    poll: Poll | None = None
    fields_attributes: list[Field] = []
    sensitive: bool = False
    limit: int | None = None
    ratio: float | None = None
    in_reply_to: UUID | None = None
    scheduled_at: datetime | None = None
    visibility: Literal["public", "private"] = "public"
    mood: Mood | None = None
    redirect_uris: str | list[str] = ""
    note: Annotated[str, Meta(max_length=5)] | UnsetType = UNSET
    settings: dict[str, Any] = {}
    alias: str = msgspec.field(default="", name="as")


def request(
    body: bytes = b"",
    *,
    kind: str = "",
    query: str = "",
    limits: ReadingLimits | None = None,
    method: str = "POST",
) -> Request:
    headers = {"content-length": str(len(body))} if body else {}
    if kind:
        headers["content-type"] = kind

    middle = len(body) // 2
    pieces = [body[:middle], body[middle:]]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    scope = {"method": method, "path": "/", "query_string": query.encode(), "headers": []}
    return Request(
        scope, Body(receive, headers, limits or ReadingLimits()), headers=headers, address="", request_id=""
    )


def form(**values: Any) -> Wish:
    return convert(Wish, values)


JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


async def test_the_four_forms_of_one_wish() -> None:
    pairs = [
        ("status", "hi é"), ("media_ids[]", "1"), ("media_ids[]", "2"), ("poll[options][]", "a"), ("poll[options][]", "b"),
        ("poll[expires_in]", "300"), ("sensitive", "on"), ("fields_attributes[0][name]", "n"), ("as", "x"),
    ]  # fmt: skip
    plain = {
        "status": "hi é", "media_ids": [1, "2"], "poll": {"options": ["a", "b"], "expires_in": "300"}, "sensitive": 1,
        "fields_attributes": {"0": {"name": "n"}}, "as": "x", "unknown": {"deep": [1]},
    }  # fmt: skip
    wanted = Wish(
        status="hi é", media_ids=["1", "2"], poll=Poll(["a", "b"], 300), sensitive=True,
        fields_attributes=[Field("n")], alias="x",
    )  # fmt: skip
    encoded = urlencode(pairs)
    assert await bind(Wish, request(query=encoded)) == wanted
    assert await bind(Wish, request(encoded.encode(), kind=FORM)) == wanted
    assert await bind(Wish, request(msgspec.json.encode(plain), kind=JSON)) == wanted
    assert await bind(Wish, request(multipart(pairs), kind="multipart/form-data; boundary=b")) == wanted
    assert await bind(Wish, request(encoded.encode())) == wanted  # no type said
    assert await bind(Wish, request(msgspec.json.encode(plain), kind="text/plain")) == wanted


def multipart(pairs: list[tuple[str, str]]) -> bytes:
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in pairs
    ]
    return ("".join(parts) + "--b--\r\n").encode()


async def test_the_body_goes_before_the_query() -> None:
    found = await bind(Wish, request(b"status=body", kind=FORM, query="status=query&limit=5"))
    assert (found.status, found.limit) == ("body", 5)


YES: list[object] = ["true", "1", 1, "on", "t", "yes", "TRUE", True]
NO: list[object] = ["false", "0", 0, "off", "f", "no", "", False]


@pytest.mark.parametrize(("given", "wanted"), [*((one, True) for one in YES), *((one, False) for one in NO)])
def test_the_many_ways_to_say_yes_and_no(given: object, wanted: bool) -> None:
    assert form(sensitive=given).sensitive is wanted


@pytest.mark.parametrize(
    ("name", "given", "wanted"),
    [
        ("limit", "17", 17), ("limit", " 17 ", 17), ("limit", 17.0, 17), ("limit", "-3", -3), ("limit", None, None),
        ("ratio", "1.5", 1.5), ("ratio", 2, 2.0),
        ("status", 5, "5"), ("status", "null", "null"), ("status", "", ""), ("status", "a\0b", "ab"),
        ("media_ids", "5", ["5"]), ("media_ids", 5, ["5"]), ("media_ids", [""], []), ("media_ids", {"1": "b", "0": "a"}, ["a", "b"]),
        ("media_ids", {"10": "c", "9": "b"}, ["b", "c"]), ("media_ids", [None, "1"], ["1"]),
        ("in_reply_to", FLAKE, get_flake(FLAKE)), ("mood", "sad", Mood.SAD),
        ("scheduled_at", "2024-05-01T10:00:00+02:00", datetime(2024, 5, 1, 8, tzinfo=UTC)),
        ("scheduled_at", "2024-05-01T10:00:00", datetime(2024, 5, 1, 10, tzinfo=UTC)),
        ("redirect_uris", "a", "a"), ("redirect_uris", ["a", "b"], ["a", "b"]),
        ("settings", {"a": {"b": [None, "c\0"]}}, {"a": {"b": [None, "c"]}}), ("visibility", "private", "private"),
    ],
)  # fmt: skip
def test_values_are_bent_to_the_type_that_is_wanted(name: str, given: object, wanted: object) -> None:
    assert getattr(form(**{name: given}), name) == wanted


@pytest.mark.parametrize("nothing", ["", "null", "undefined"])
@pytest.mark.parametrize(
    "name", ["limit", "ratio", "in_reply_to", "scheduled_at", "mood", "visibility", "media_ids", "poll"]
)
def test_an_empty_text_for_anything_but_a_text_is_nothing(name: str, nothing: str) -> None:
    assert form(**{name: nothing}) == Wish()


@pytest.mark.parametrize(
    ("given", "words", "field"),
    [
        ({"limit": "x"}, "limit - Invalid integer. Got: string.", "limit"),
        ({"limit": 2**63}, "limit - Invalid integer. Got: integer.", "limit"),
        ({"limit": "9" * 4000}, "limit - Invalid integer. Got: string.", "limit"),
        ({"ratio": "nan"}, "ratio - Invalid number. Got: number.", "ratio"),
        ({"ratio": 10**400}, "ratio - Invalid number. Got: integer.", "ratio"),
        ({"sensitive": "perhaps"}, "sensitive - Invalid boolean. Got: string.", "sensitive"),
        ({"status": ["a"]}, "status - Invalid string. Got: array.", "status"),
        ({"status": {"a": 1}}, "status - Invalid string. Got: object.", "status"),
        ({"status": 10**4000}, "status - Invalid string. Got: integer.", "status"),
        ({"visibility": "secret"}, "visibility - Invalid value for enum.", "visibility"),
        ({"mood": 5}, "mood - Invalid value for enum.", "mood"),
        ({"mood": ["sad"]}, "mood - Invalid value for enum.", "mood"),
        ({"poll": {"options": ["a"]}}, "Missing field: expires_in.", "poll.expires_in"),
        ({"poll": {"options": ["a"], "expires_in": None}}, "expires_in - null value.", "poll.expires_in"),
        ({"poll": {"options": ["a"], "expires_in": -1}}, "expires_in - Expected `int` >= 0.", "poll.expires_in"),
        ({"poll": "x"}, "poll - Invalid object. Got: string.", "poll"),
        ({"note": "123456"}, "note - String length is larger than maxLength: 5.", "note"),
        ({"in_reply_to": "-"}, "in_reply_to - Invalid id. Got: string.", "in_reply_to"),
        ({"scheduled_at": "tomorrow"}, "scheduled_at - Invalid date-time. Got: string.", "scheduled_at"),
        ({"fields_attributes": [{"value": "v"}]}, "Missing field: name.", "fields_attributes.name"),
        ({"media_ids": {"x": "1"}}, "media_ids - Invalid array. Got: object.", "media_ids"),
    ],
)  # fmt: skip
def test_what_cannot_be_bent_is_named_in_pleromas_words(
    given: dict[str, Any], words: str, field: str
) -> None:
    with pytest.raises(Invalid) as problem:
        convert(Wish, given)
    assert (problem.value.message, problem.value.data["field"]) == (words, field)


async def test_a_name_that_comes_twice_is_a_list_or_its_last_value() -> None:
    found = await bind(
        Wish, request(query="media_ids=1&media_ids=2&limit=1&limit=2&redirect_uris=a&redirect_uris=b")
    )
    assert (found.media_ids, found.limit, found.redirect_uris) == (["1", "2"], 2, ["a", "b"])


async def test_broken_json_says_where() -> None:
    with pytest.raises(Invalid, match=r"Broken JSON.*byte 8"):
        await bind(Wish, request(b'{"a": 1 "b"}', kind=JSON))
    with pytest.raises(Invalid, match="object"):
        await bind(Wish, request(b"[1]", kind=JSON))


async def test_half_an_emoji_in_json_is_replaced() -> None:
    raw = rb'{"status": "a\ud83d b\ud83d\ude00 \\ud83d", "limit": 1}'
    assert (await bind(Wish, request(raw, kind=JSON))).status == "a\ufffd b😀 \\ud83d"


async def test_deep_and_long_bodies_are_too_large() -> None:
    for raw in (b"[" * 100_000, b'{"settings":' + b'{"a":' * 40 + b"1" + b"}" * 41):
        with pytest.raises(TooLarge):
            await bind(Wish, request(raw, kind=JSON))
    with pytest.raises(TooLarge):
        await bind(Wish, request(b"a=1&" * 1_001, kind=FORM))
    with pytest.raises(TooLarge):
        await bind(Wish, request(b"x" * 11, kind=FORM, limits=ReadingLimits(plain_bytes=10)))


class Picture(Struct):
    avatar: Upload | None = None
    banner: FileOrText | None = None


async def test_files_come_by_multipart_only() -> None:
    file = (
        b'--b\r\nContent-Disposition: form-data; name="avatar"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
        b'\x00\x01\r\n--b\r\nContent-Disposition: form-data; name="banner"\r\n\r\n\r\n--b--\r\n'
    )
    asked = request(file, kind='multipart/form-data; boundary="b"')
    found = await bind(Picture, asked)
    assert found.avatar is not None
    assert found.banner is not None
    assert (found.avatar.filename, found.avatar.content_type, found.avatar.size_bytes) == (
        "a.png",
        "image/png",
        2,
    )
    assert found.avatar.path.read_bytes() == b"\x00\x01"
    assert found.banner.text == ""
    asked.body.discard()
    assert not found.avatar.path.exists()
    with pytest.raises(Invalid, match=r"avatar - Invalid file. Got: string."):
        convert(Picture, {"avatar": "/etc/passwd"})
    with pytest.raises(Invalid):
        convert(
            Picture, {"avatar": {"filename": "x", "path": "/etc/passwd", "content_type": "", "size_bytes": 1}}
        )
    assert convert(Picture, {"avatar": ""}).avatar is None


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"), max_size=8)
WISHES = st.fixed_dictionaries(
    {},
    optional={
        "status": TEXTS,
        "media_ids": st.lists(TEXTS.filter(bool), min_size=1, max_size=3),
        "poll": st.fixed_dictionaries(
            {
                "options": st.lists(TEXTS.filter(bool), min_size=1, max_size=3),
                "expires_in": st.integers(0, 10**6),
                "multiple": st.booleans(),
            }
        ),
        "sensitive": st.booleans(),
        "limit": st.integers(-(2**63), 2**63 - 1),
        "visibility": st.sampled_from(["public", "private"]),
        "fields_attributes": st.lists(
            st.fixed_dictionaries({"name": TEXTS, "value": TEXTS}), min_size=1, max_size=3
        ),
    },
)


def flat(value: Any, name: str = "") -> list[tuple[str, str]]:
    """The pairs that a browser would send for a JSON value."""
    if isinstance(value, dict):
        return [pair for key, one in value.items() for pair in flat(one, f"{name}[{key}]" if name else key)]
    if isinstance(value, list):
        if value and isinstance(value[0], dict):
            return [pair for at, one in enumerate(value) for pair in flat(one, f"{name}[{at}]")]
        return [pair for one in value for pair in flat(one, f"{name}[]")]
    return [(name, str(value).lower() if isinstance(value, bool) else str(value))]


@settings(max_examples=150)
@given(WISHES)
async def test_any_wish_means_the_same_in_every_form(wish: dict[str, Any]) -> None:
    wanted = await bind(Wish, request(msgspec.json.encode(wish), kind=JSON))
    pairs = flat(wish)
    assert await bind(Wish, request(query=urlencode(pairs), method="GET")) == wanted
    assert await bind(Wish, request(urlencode(pairs).encode(), kind=FORM)) == wanted
    assert await bind(Wish, request(multipart(pairs), kind="multipart/form-data; boundary=b")) == wanted


KINDS = st.sampled_from(
    [JSON, FORM, "multipart/form-data; boundary=b", "multipart/form-data", "text/plain", "", "x/y"]
)
NAMES = st.sampled_from(Wish.__struct_encode_fields__)
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["1", "on", FLAKE]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab01", max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=400)
@given(st.binary(max_size=60), KINDS, st.text(max_size=20))
async def test_any_bytes_make_a_struct_or_an_error_of_ours(body: bytes, kind: str, query: str) -> None:
    try:
        found = await bind(Wish, request(body, kind=kind, query=query))
    except BarbeloError:
        return
    assert isinstance(found, Wish)


@settings(max_examples=400)
@given(st.dictionaries(NAMES, JUNK, max_size=5))
def test_any_json_makes_a_struct_or_an_error_of_ours(tree: dict[str, Any]) -> None:
    try:
        found = convert(Wish, tree)
    except BarbeloError:
        return
    assert msgspec.json.encode(found)


@settings(max_examples=300)
@given(st.lists(st.sampled_from([
    b"--b\r\n", b"--b--\r\n", b"\r\n", b'Content-Disposition: form-data; name="status"\r\n', b"\r\n\r\n", b"x", b"\0",
    b'Content-Disposition: form-data; name="a[b]"; filename="f"\r\n', b"Content-Type: text/plain; charset=nope\r\n",
    b"Content-Disposition: form-data; name*=utf-8''x\r\n", b'Content-Disposition: form-data; name="\xff"\r\n', b": \r\n",
    b"Content-Length: 5\r\n", b"Content-Transfer-Encoding: base64\r\n",
]), max_size=14))  # fmt: skip
async def test_any_scramble_of_multipart_makes_a_struct_or_an_error_of_ours(pieces: list[bytes]) -> None:
    asked = request(b"".join(pieces), kind="multipart/form-data; boundary=b")
    try:
        await bind(Wish, asked)
    except BarbeloError:
        pass
    finally:
        asked.body.discard()
