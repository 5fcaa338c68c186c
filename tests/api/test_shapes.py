"""The judge of shapes is judged."""

import copy

import pytest

from api.shapes import check, check_all, complaints

EMOJI = {
    "shortcode": "blobaww",
    "static_url": "https://a.test/static.png",
    "url": "https://a.test/blobaww.png",
    "visible_in_picker": True,
    "category": None,
}
ACCOUNT = {
    "id": "1",
    "username": "alice",
    "acct": "alice",
    "uri": "https://a.test/users/alice",
    "display_name": "Alice",
    "note": "",
    "avatar": "https://a.test/a.png",
    "avatar_static": "https://a.test/a.png",
    "header": "https://a.test/h.png",
    "header_static": "https://a.test/h.png",
    "created_at": "2026-01-01T00:00:00.000Z",
    "bot": False,
    "group": False,
    "locked": False,
    "indexable": True,
    "emojis": [EMOJI],
    "fields": [{"name": "Home", "value": "here", "verified_at": None}],
    "followers_count": 0,
    "following_count": 0,
    "statuses_count": 0,
}
STATUS = {
    "id": "1",
    "uri": "https://a.test/objects/1",
    "created_at": "2026-01-01T00:00:00.000Z",
    "account": ACCOUNT,
    "content": "",
    "visibility": "public",
    "sensitive": False,
    "spoiler_text": "",
    "media_attachments": [],
    "mentions": [],
    "tags": [],
    "emojis": [],
    "reblogs_count": 0,
    "favourites_count": 0,
    "replies_count": 0,
}


def changed(entity, path, value):
    """A copy with another value somewhere; `...` takes the name away."""
    copied = copy.deepcopy(entity)
    *way, last = path
    inner = copied
    for step in way:
        inner = inner[step]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return copied


def test_whole_entities_pass_and_names_of_others_do_not_matter():
    check(STATUS, "Status")
    check({**STATUS, "pleroma": {"local": True}, "reblog": STATUS, "card": None}, "Status")
    check_all([ACCOUNT, ACCOUNT], "Account")


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (("id",), ..., "$.id is missing"),
        (("id",), 1, "$.id: 1 is not string"),
        (("emojis",), None, "$.emojis: None is not array"),
        (("replies_count",), "0", "$.replies_count: '0' is not integer"),
        (("replies_count",), True, "$.replies_count: True is not integer"),
        (("sensitive",), 0, "$.sensitive: 0 is not boolean"),
        (("created_at",), "2026-01-01", "$.created_at: '2026-01-01' is not a date-time"),
        (("url",), "objects/1", "$.url: 'objects/1' is not a uri"),
        (("account", "locked"), None, "$.account.locked: None is not boolean"),
        (("account", "emojis", 0, "url"), None, "$.account.emojis[0].url: None is not string"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(path, value, complaint):
    assert complaints(changed(STATUS, path, value), "Status") == [complaint]


def test_an_enumeration_is_kept_but_for_what_pleroma_adds():
    assert complaints({**STATUS, "visibility": "local"}, "Status") == []
    (complaint,) = complaints({**STATUS, "visibility": "secret"}, "Status")
    assert complaint.startswith("$.visibility: 'secret' is none of public, ")


def test_of_several_forms_one_must_fit():
    assert complaints({**STATUS, "reblog": None}, "Status") == []
    (complaint,) = complaints({**STATUS, "reblog": changed(STATUS, ("content",), ...)}, "Status")
    assert complaint == "$.reblog.content is missing"
    assert complaints({**STATUS, "reblog": "1"}, "Status") != []


def test_check_says_all_of_it_at_once():
    with pytest.raises(AssertionError, match=r"not a Status:\n  \$\.uri is missing\n  \$\.content: 5"):
        check(changed(changed(STATUS, ("uri",), ...), ("content",), 5), "Status")
    with pytest.raises(AssertionError, match="not a list"):
        check_all({"0": ACCOUNT}, "Account")
