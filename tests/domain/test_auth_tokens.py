import pytest

from barbelo.domain.auth import codes, tokens
from barbelo.domain.auth.codes import Consent, Presented
from barbelo.domain.auth.errors import ScopeTooWide
from barbelo.domain.auth.tokens import Grant, Lifetime
from barbelo.domain.events import AccountSuspended, TokensRevoked
from oauth_cast import CALLBACK, LASTING, a_token, an_app, later

ROTATING = Lifetime(access_s=3600, rotate=True)


async def test_a_token_is_found_by_its_text_until_it_expires(tx, alice):
    app = (await an_app(tx)).app
    grant = Grant(app_id=app.id, account_id=alice.id, scopes=["read"])
    issued = await tokens.issue(tx, grant, Lifetime(access_s=60))
    assert (await tokens.find(tx, issued.access)).account_id == alice.id
    assert await tokens.find(tx, issued.refresh) is None
    later(tx, seconds=60)
    assert await tokens.find(tx, issued.access) is None


async def test_neither_text_of_a_token_is_kept(tx, alice):
    issued = await a_token(tx, (await an_app(tx)).app, alice)
    [row] = await tx.raw.fetch("select oauth_tokens::text as text from oauth_tokens where id = $1", issued.id)
    assert issued.access not in row["text"]
    assert issued.refresh not in row["text"]


async def test_a_refresh_ends_the_old_access_token_and_keeps_the_refresh_token(tx, alice):
    app = (await an_app(tx)).app
    old = await a_token(tx, app, alice)
    new = await tokens.refresh(tx, app.id, old.refresh, "", LASTING)
    assert new.refresh == old.refresh
    assert new.access != old.access
    assert await tokens.find(tx, old.access) is None
    assert (await tokens.find(tx, new.access)).scopes == ["read", "write"]
    assert TokensRevoked(account_id=alice.id, token_ids=[old.id]) in tx.live


async def test_a_refresh_works_after_the_access_token_has_expired(tx, alice):
    app = (await an_app(tx)).app
    grant = Grant(app_id=app.id, account_id=alice.id, scopes=["read"])
    old = await tokens.issue(tx, grant, Lifetime(access_s=60))
    later(tx, days=1)
    assert await tokens.refresh(tx, app.id, old.refresh, "", LASTING)


async def test_a_rotated_refresh_token_is_good_once(tx, alice):
    app = (await an_app(tx)).app
    old = await a_token(tx, app, alice)
    new = await tokens.refresh(tx, app.id, old.refresh, "", ROTATING)
    assert new.refresh != old.refresh
    assert await tokens.refresh(tx, app.id, new.refresh, "", ROTATING)


async def test_a_rotated_refresh_token_that_comes_back_ends_what_grew_out_of_it(tx, alice):
    app = (await an_app(tx)).app
    old = await a_token(tx, app, alice)
    new = await tokens.refresh(tx, app.id, old.refresh, "", ROTATING)
    assert await tokens.refresh(tx, app.id, old.refresh, "", ROTATING) is None
    assert await tokens.find(tx, new.access) is None
    assert await tokens.refresh(tx, app.id, new.refresh, "", ROTATING) is None
    assert TokensRevoked(account_id=alice.id, token_ids=[new.id]) in tx.live


async def test_a_refresh_token_is_good_for_its_own_app_only(tx, alice):
    app, other = (await an_app(tx)).app, (await an_app(tx)).app
    old = await a_token(tx, app, alice)
    assert await tokens.refresh(tx, other.id, old.refresh, "", LASTING) is None
    assert await tokens.find(tx, old.access)


async def test_an_access_token_refreshes_nothing(tx, alice):
    app = (await an_app(tx)).app
    old = await a_token(tx, app, alice)
    assert await tokens.refresh(tx, app.id, old.access, "", LASTING) is None


async def test_a_refresh_may_narrow_the_scopes_and_never_widen_them(tx, alice):
    app = (await an_app(tx, scopes="read write follow push admin")).app
    old = await a_token(tx, app, alice, "read write:statuses")
    for wider in ("write", "read follow", "admin:read", "read:banana"):
        with pytest.raises(ScopeTooWide):
            async with tx.savepoint():
                await tokens.refresh(tx, app.id, old.refresh, wider, LASTING)
    new = await tokens.refresh(tx, app.id, old.refresh, "read:statuses", LASTING)
    assert (await tokens.find(tx, new.access)).scopes == ["read:statuses"]


async def test_a_session_of_a_browser_cannot_be_renewed(tx, alice):
    app = (await an_app(tx)).app
    grant = Grant(app_id=app.id, account_id=alice.id, scopes=["read"])
    assert (await tokens.issue(tx, grant, LASTING, refreshable=False)).refresh is None


async def test_a_revoked_token_is_gone_and_told_of(tx, alice):
    issued = await a_token(tx, (await an_app(tx)).app, alice)
    await tokens.revoke(tx, issued.id)
    assert await tokens.find(tx, issued.access) is None
    assert tx.live == [TokensRevoked(account_id=alice.id, token_ids=[issued.id])]
    await tokens.revoke(tx, issued.id)
    assert len(tx.live) == 1, "what is gone already is not told again"


async def test_all_sessions_of_an_account_can_end_but_one(tx, alice, bob):
    app = (await an_app(tx)).app
    here, there = await a_token(tx, app, alice), await a_token(tx, app, alice)
    bobs = await a_token(tx, app, bob)
    await tokens.revoke_all(tx, alice.id, keep=here.id)
    assert await tokens.find(tx, here.access)
    assert await tokens.find(tx, there.access) is None
    assert await tokens.find(tx, bobs.access)
    assert tx.live == [TokensRevoked(account_id=alice.id, token_ids=[there.id])]


async def test_a_suspension_ends_sessions_and_codes_on_their_way(tx, alice):
    app = (await an_app(tx)).app
    issued = await a_token(tx, app, alice)
    consent = Consent(app_id=app.id, account_id=alice.id, redirect_uri=CALLBACK, scopes=["read"])
    code = await codes.issue(tx, consent, 600)
    await tokens.end_sessions(tx, AccountSuspended(account_id=alice.id))
    assert await tokens.find(tx, issued.access) is None
    presented = Presented(code=code, app_id=app.id, redirect_uri=CALLBACK)
    assert await codes.redeem(tx, presented) is None
    assert tx.live == [TokensRevoked(account_id=alice.id, token_ids=[])]


async def test_thousands_of_tokens_fit_into_events_of_a_bounded_size(tx, alice):
    app = (await an_app(tx)).app
    kept = await a_token(tx, app, alice)
    for _ in range(450):
        await a_token(tx, app, alice)
    await tokens.revoke_all(tx, alice.id, keep=kept.id)
    assert sum(len(event.token_ids) for event in tx.live) == 450
    assert max(len(event.token_ids) for event in tx.live) <= 400


@pytest.mark.parametrize(
    ("wanted", "before"),
    [(["read"], True), (["read:statuses", "write"], True), (["follow"], False), (["admin"], False)],
)
async def test_what_was_granted_before_is_remembered(tx, alice, bob, wanted, before):
    app = (await an_app(tx)).app
    await a_token(tx, app, alice, "read write")
    assert await tokens.has_granted(tx, alice.id, app.id, wanted) is before
    assert not await tokens.has_granted(tx, bob.id, app.id, wanted)
    assert not await tokens.has_granted(tx, alice.id, (await an_app(tx)).app.id, wanted)


async def test_an_app_is_marked_as_used_once_an_hour(tx, alice):
    app = (await an_app(tx)).app
    read = "select last_used_at from oauth_apps where id = $1"
    assert await tx.raw.fetchval(read, app.id) is None
    await a_token(tx, app, alice)
    first = await tx.raw.fetchval(read, app.id)
    later(tx, minutes=30)
    await a_token(tx, app, alice)
    assert await tx.raw.fetchval(read, app.id) == first
    later(tx, minutes=31)
    await a_token(tx, app, alice)
    assert await tx.raw.fetchval(read, app.id) > first
