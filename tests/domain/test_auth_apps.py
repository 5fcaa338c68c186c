import pytest

from barbelo.domain.auth import apps
from barbelo.domain.auth.apps import NewApp
from barbelo.domain.auth.errors import WrongCredentials
from barbelo.kernel.errors import Invalid
from oauth_cast import CALLBACK, an_app


def wish(**more):
    return NewApp(**{"name": "Tea", "redirect_uris": [CALLBACK], "scopes": ["read"], **more})


async def test_an_app_proves_itself_by_its_secret(tx):
    made = await an_app(tx)
    assert (await apps.prove(tx, made.app.client_id, made.secret)).id == made.app.id


@pytest.mark.parametrize(
    "wrong", [{"client_id": "nobody"}, {"client_secret": "wrong"}, {"client_secret": ""}]
)
async def test_and_by_nothing_else(tx, wrong):
    made = await an_app(tx)
    with pytest.raises(WrongCredentials):
        await apps.prove(tx, **{**made.client, **wrong})


async def test_the_secret_of_another_app_is_no_good(tx):
    one, other = await an_app(tx), await an_app(tx)
    with pytest.raises(WrongCredentials):
        await apps.prove(tx, one.app.client_id, other.secret)


async def test_the_secret_is_not_kept(tx):
    made = await an_app(tx)
    row = await tx.raw.fetchrow("select oauth_apps::text as text from oauth_apps where id = $1", made.app.id)
    assert made.secret not in row["text"]
    assert made.app.client_id in row["text"]


@pytest.mark.parametrize(
    "uri",
    [
        apps.OUT_OF_BAND, CALLBACK, "http://localhost:8080/cb", "http://127.0.0.1/", "http://[::1]:5/cb",
        "com.example.app:/callback", "icecubesapp://", "tusky://oauth?x=1", "https://a.test/?a=b&c=d",
    ],
)  # fmt: skip
def test_addresses_that_apps_have_are_taken(uri):
    apps.check(wish(redirect_uris=[uri]))


@pytest.mark.parametrize(
    "uri",
    [
        "", "/relative", "callback", "javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,hi",
        "file:///etc/passwd", "https://a.test/#there", "https://", "https:///path", "http://a.test:99999/",
        "https://a.test/\nset-cookie:x", "https://a b.test/", "https://a.test/<script>", "1app://x",
        "https://a.test/" + "x" * 2000, ":x", "http:", "vbscript:x", "https://a.test\\@b.test/",
    ],
)  # fmt: skip
def test_addresses_that_nobody_should_be_sent_to_are_refused(uri):
    with pytest.raises(Invalid, match="Redirect URI") as caught:
        apps.check(wish(redirect_uris=[uri]))
    assert caught.value.data["field"] == "redirect_uris"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": " "}, "client_name"),
        ({"name": "x" * 201}, "client_name"),
        ({"redirect_uris": []}, "redirect_uris"),
        ({"redirect_uris": [CALLBACK] * 21}, "redirect_uris"),
        ({"scopes": ["read", "banana"]}, "scopes"),
        ({"scopes": ["read:banana"]}, "scopes"),
        ({"scopes": []}, "scopes"),
        ({"website": "javascript:alert(1)"}, "website"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(more, field):
    with pytest.raises(Invalid, match="Validation failed") as caught:
        apps.check(wish(**more))
    assert caught.value.data["field"] == field
