"""Looking at people: what is shown, to whom, in which shape, and with how many queries."""

import pytest

from api.shapes import check, check_all
from barbelo.domain.accounts.preferences import PreferenceChanges, set_preferences
from barbelo.domain.accounts.state import suspend
from barbelo.domain.relations.block import block
from barbelo.domain.relations.mute import mute
from barbelo.kernel.ids import encode
from barbelo.kernel.origin import Origin
from calls import next_link, opened_api, settings_for
from counting import queries
from people import nobody, resident
from relatives import asked, beside

ACCOUNTS = "/api/v1/accounts"


@pytest.fixture
async def tx(database):
    async with beside(database) as tx:
        yield tx


@pytest.fixture
def with_instance(tmp_path, database):
    """The application where the administrator has set something of the section `instance` differently."""
    return lambda **keys: opened_api(settings_for(tmp_path, instance=keys), database)


def names(people):
    return [one["username"] for one in people]


@pytest.mark.parametrize("name", ["alice", "ALICE", "@alice", "alice@barbelo.test"])
async def test_an_account_is_shown_by_id_and_by_name(api, alice, name):
    by_id = await api.get(f"{ACCOUNTS}/{encode(alice.id)}")
    check(by_id, "Account")
    assert by_id == await api.get(f"{ACCOUNTS}/{name}")
    assert by_id["fqn"] == "alice@barbelo.test"
    assert by_id["pleroma"]["relationship"] == {}


async def test_whoever_is_not_there_and_whoever_is_hidden_look_alike(api, tx, alice, carol):
    await suspend(tx, carol.id)
    tried = (encode(carol.id), encode(nobody()), "carol", "x", "not a name", "%00", "a" * 500)
    answers = [await api.call("GET", f"{ACCOUNTS}/{name}", as_=alice) for name in tried]
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.text for answer in answers} == {'{"error":"Can\'t find user"}'}


async def test_guests_do_not_look_up_remote_people_by_name(api, alice, rosa):
    for path in ("rosa@remote.test", "lookup?acct=rosa@remote.test"):
        assert await api.status_of("GET", f"{ACCOUNTS}/{path}") == 404
        assert await api.status_of("GET", f"{ACCOUNTS}/{path}", as_=alice) == 200
    found = await api.get(f"{ACCOUNTS}/lookup", as_=alice, acct="rosa@remote.test")
    check(found, "Account")
    assert await api.status_of("GET", f"{ACCOUNTS}/{encode(rosa)}") == 200


async def test_nobody_looks_up_remote_people_where_the_administrator_says_so(with_instance, alice, rosa):
    async with with_instance(limit_to_local_content="all") as api:
        assert await api.status_of("GET", f"{ACCOUNTS}/rosa@remote.test", as_=alice) == 404


async def test_profiles_can_be_kept_from_guests(with_instance, alice, rosa):
    async with with_instance(restrict_profiles_local=True) as api:
        refused = await api.call("GET", f"{ACCOUNTS}/{encode(alice.id)}")
        assert (refused.status_code, refused.json()["error"]) == (
            401,
            "This API requires an authenticated user",
        )
        assert await api.status_of("GET", f"{ACCOUNTS}/{encode(rosa)}") == 200
        assert await api.status_of("GET", f"{ACCOUNTS}/{encode(alice.id)}", as_=alice) == 200
        shown = await api.get(ACCOUNTS, **{"id[]": [encode(alice.id), encode(rosa)]})
        assert names(shown) == ["rosa"]
        assert await api.get(f"{ACCOUNTS}/search", q="alice") == []


async def test_one_sees_more_of_oneself(api, alice, bob):
    mine = await api.get(f"{ACCOUNTS}/{encode(alice.id)}", as_=alice)
    theirs = await api.get(f"{ACCOUNTS}/{encode(bob.id)}", as_=alice)
    check(mine, "CredentialAccount")
    assert mine["pleroma"]["email"] == "alice@barbelo.test"
    assert "email" not in theirs["pleroma"]
    assert "privacy" not in theirs["source"]


async def test_permission_to_follow_back_is_shown_to_its_owner_alone(api, tx, alice, bob):
    await set_preferences(tx, alice.id, PreferenceChanges(permit_followback=True))
    path = f"{ACCOUNTS}/{encode(alice.id)}"
    assert (await api.get(path, as_=alice))["akkoma"]["permit_followback"] is True
    assert "permit_followback" not in (await api.get(path, as_=bob))["akkoma"]


async def test_many_are_shown_at_once_and_strangers_left_out(api, tx, alice, bob, carol):
    await suspend(tx, carol.id)
    ids = [encode(one) for one in (bob.id, carol.id, nobody(), alice.id, bob.id)]
    shown = await api.get(ACCOUNTS, **{"id[]": [*ids, "!", ""]})
    check_all(shown, "Account")
    assert names(shown) == ["bob", "alice"]


async def test_lookup_wants_a_name(api, alice):
    assert (await api.get(f"{ACCOUNTS}/lookup", acct="Alice"))["username"] == "alice"
    assert await api.status_of("GET", f"{ACCOUNTS}/lookup", params={"acct": encode(nobody())}) == 404
    assert await api.status_of("GET", f"{ACCOUNTS}/lookup", params={"acct": "a b"}) == 404
    missing = await api.call("GET", f"{ACCOUNTS}/lookup")
    assert missing.status_code == 422
    assert "acct" in missing.json()["error"]


async def test_search_finds_and_ranks(api, tx, alice):
    for name in ("tomas", "tom", "tomboy"):
        await resident(tx, name)
    first = await api.get(f"{ACCOUNTS}/search", as_=alice, q="tom", limit="2")
    second = await api.get(f"{ACCOUNTS}/search", as_=alice, q="tom", limit=2, offset=2)
    check_all(first, "Account")
    assert names(first)[0] == "tom"
    assert sorted(names([*first, *second])) == ["tom", "tomas", "tomboy"]
    assert await api.get(f"{ACCOUNTS}/search", as_=alice, q="tom", following="true") == []


@pytest.mark.parametrize("params", [{}, {"q": "x", "limit": "many"}, {"q": "x", "offset": "x"}])
async def test_a_search_that_makes_no_sense_is_told_why(api, params):
    answer = await api.call("GET", f"{ACCOUNTS}/search", params=params)
    assert answer.status_code == 422
    assert answer.json()["error"]


async def test_relationships_are_given_for_each_id_that_is_there(api, tx, alice, bob, carol, monkeypatch):
    await asked(tx, alice, carol, notify=True)
    await mute(tx, alice.id, bob.id, duration_s=3600)
    ids = [encode(one) for one in (bob.id, nobody(), carol.id)]
    await api.token(alice)
    with queries(monkeypatch) as asked_for:
        shown = await api.get(f"{ACCOUNTS}/relationships", as_=alice, **{"id[]": ids})
    check_all(shown, "Relationship")
    assert [one["id"] for one in shown] == [ids[0], ids[2]]
    assert (shown[1]["notifying"], shown[1]["subscribing"]) == (True, True)
    assert shown[0]["muting_expires_at"].endswith("Z")
    assert sum("follows" in sql for sql in asked_for) == 1
    single = await api.call("GET", f"{ACCOUNTS}/relationships/?id={ids[0]}", as_=alice)
    assert single.json() == shown[:1]
    assert await api.get(f"{ACCOUNTS}/relationships", as_=alice) == []


async def test_relationships_with_the_suspended_are_given_when_asked_for(api, tx, alice, carol):
    await suspend(tx, carol.id)
    path, wanted = f"{ACCOUNTS}/relationships", {"id": encode(carol.id)}
    assert await api.get(path, as_=alice, **wanted) == []
    assert len(await api.get(path, as_=alice, **wanted, with_suspended="true")) == 1


async def test_followers_are_paged_by_link_alone(api, tx, alice):
    for number in range(5):
        await asked(tx, await resident(tx, f"fan{number}"), alice)
    seen, last, url = [], None, f"{ACCOUNTS}/{encode(alice.id)}/followers?limit=2"
    while url:
        answer = await api.call("GET", url)
        check_all(answer.json(), "Account")
        seen += names(answer.json())
        last = next_link(answer, "prev") or last
        url = next_link(answer)
    assert seen == ["fan4", "fan3", "fan2", "fan1", "fan0"]
    assert names((await api.call("GET", last)).json()) == ["fan2", "fan1"]


@pytest.mark.parametrize(
    ("which", "column"), [("followers", "hide_followers"), ("following", "hide_follows")]
)
async def test_a_hidden_list_is_empty_to_all_but_its_owner(api, tx, alice, carol, which, column):
    await asked(tx, alice, carol)
    await asked(tx, carol, alice)
    await tx.raw.execute(f"update accounts set {column} = true where id = $1", alice.id)
    path = f"{ACCOUNTS}/{encode(alice.id)}/{which}"
    assert names(await api.get(path, as_=alice)) == ["carol"]
    hidden = await api.call("GET", path, as_=carol)
    assert (hidden.json(), "link" in hidden.headers) == ([], False)
    assert await api.get(path) == []


async def test_counts_are_hidden_when_list_and_count_are(api, tx, alice, bob, carol):
    await asked(tx, alice, carol)
    await asked(tx, carol, alice)
    show = f"{ACCOUNTS}/{encode(alice.id)}"
    hide = "update accounts set hide_followers{0} = true, hide_follows{0} = true where id = $1"
    await tx.raw.execute(hide.format(""), alice.id)
    shown = await api.get(show, as_=bob)
    assert (shown["followers_count"], shown["following_count"], shown["hide_collections"]) == (1, 1, True)
    await tx.raw.execute(hide.format("_count"), alice.id)
    shown, own = await api.get(show, as_=bob), await api.get(show, as_=alice)
    assert (shown["followers_count"], shown["following_count"]) == (0, 0)
    assert (own["followers_count"], own["following_count"]) == (1, 1)


async def test_a_page_of_people_takes_as_many_queries_as_one_of_them(api, tx, alice, carol, monkeypatch):
    counts = []
    path = f"{ACCOUNTS}/{encode(alice.id)}/followers"
    await api.get("/api/v1/blocks", as_=carol)  # the token is known from now on
    for number in (1, 8):
        while len(await api.get(path)) < number:
            await asked(tx, await resident(tx, f"fan{encode(tx.new_id())}"), alice)
        with queries(monkeypatch) as asked_for:
            shown = await api.get(path, as_=carol, with_relationships="true")
        counts.append(len(asked_for))
        assert all(one["pleroma"]["relationship"]["id"] == one["id"] for one in shown)
    assert len(shown) == 8
    assert counts[0] == counts[1] <= 5


async def test_lists_of_others_leave_out_whom_one_has_blocked(api, tx, alice, bob, carol):
    await asked(tx, carol, alice)
    await block(tx, bob.id, carol.id, Origin.LOCAL)
    assert await api.get(f"{ACCOUNTS}/alice/followers", as_=bob) == []
    assert names(await api.get(f"{ACCOUNTS}/alice/followers")) == ["carol"]


async def test_an_account_that_has_moved_names_where_it_went(api, tx, alice, rosa):
    await tx.raw.execute("update accounts set moved_to_id = $2 where id = $1", alice.id, rosa)
    shown = await api.get(f"{ACCOUNTS}/alice")
    check(shown, "Account")
    assert shown["moved"]["acct"] == "rosa@remote.test"
    await suspend(tx, rosa)
    assert "moved" not in await api.get(f"{ACCOUNTS}/alice")


@pytest.mark.parametrize("path", ["relationships?id[]=x", "verify_credentials"])
async def test_what_needs_a_person_is_refused_to_guests(api, path):
    answer = await api.call("GET", f"{ACCOUNTS}/{path}")
    assert (answer.status_code, answer.json()) == (403, {"error": "Invalid credentials."})
