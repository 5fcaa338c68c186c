from dataclasses import dataclass

import anyio
import pytest

from barbelo.domain.auth import codes, pkce, tokens
from barbelo.domain.auth.codes import Consent, Presented
from barbelo.domain.auth.tokens import Grant
from barbelo.domain.events import TokensRevoked
from oauth_cast import CALLBACK, LASTING, an_app, later
from people import resident

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
LIFETIME_S = 600


@dataclass
class Given:
    text: str
    app_id: int

    def back(self, **more):
        facts = {"code": self.text, "app_id": self.app_id, "redirect_uri": CALLBACK}
        return Presented(**{**facts, **more})


async def a_code(tx, viewer, **more):
    app = (await an_app(tx)).app
    facts = {"app_id": app.id, "account_id": viewer.id, "redirect_uri": CALLBACK, "scopes": ["read"]}
    return Given(await codes.issue(tx, Consent(**{**facts, **more}), LIFETIME_S), app.id)


async def test_a_code_tells_who_granted_what(tx, alice):
    given = await a_code(tx, alice)
    code = await codes.redeem(tx, given.back())
    assert (code.account_id, code.app_id, code.scopes) == (alice.id, given.app_id, ["read"])


async def test_a_code_is_good_once(tx, alice):
    given = await a_code(tx, alice)
    assert await codes.redeem(tx, given.back())
    assert await codes.redeem(tx, given.back()) is None


async def test_a_second_use_ends_the_tokens_of_the_first_even_when_they_were_renewed(tx, alice):
    given = await a_code(tx, alice)
    code = await codes.redeem(tx, given.back())
    grant = Grant(app_id=code.app_id, account_id=alice.id, scopes=["read"], code_id=code.id)
    first = await tokens.issue(tx, grant, LASTING)
    renewed = await tokens.refresh(tx, code.app_id, first.refresh, "", LASTING)
    tx.live.clear()
    assert await codes.redeem(tx, given.back()) is None
    assert await tokens.find(tx, renewed.access) is None
    assert tx.live == [TokensRevoked(account_id=alice.id, token_ids=[renewed.id])]


async def test_a_second_use_by_another_app_ends_them_too(tx, alice):
    given = await a_code(tx, alice)
    code = await codes.redeem(tx, given.back())
    grant = Grant(app_id=code.app_id, account_id=alice.id, scopes=["read"], code_id=code.id)
    issued = await tokens.issue(tx, grant, LASTING)
    thief = (await an_app(tx)).app
    assert await codes.redeem(tx, given.back(app_id=thief.id)) is None
    assert await tokens.find(tx, issued.access) is None


async def test_a_code_runs_out(tx, alice):
    given = await a_code(tx, alice)
    later(tx, seconds=LIFETIME_S)
    assert await codes.redeem(tx, given.back()) is None


@pytest.mark.parametrize(
    "uri", [CALLBACK + "/", CALLBACK.upper(), CALLBACK + "?", "", "https://client.test/", CALLBACK[:-1]]
)
async def test_a_code_goes_back_with_exactly_the_address_it_was_sent_to(tx, alice, uri):
    given = await a_code(tx, alice)
    assert await codes.redeem(tx, given.back(redirect_uri=uri)) is None


async def test_a_code_is_good_for_its_own_app_only(tx, alice):
    given = await a_code(tx, alice)
    other = (await an_app(tx)).app
    assert await codes.redeem(tx, given.back(app_id=other.id)) is None
    assert await codes.redeem(tx, given.back()), "the attempt of another app must not use it up"


async def test_an_unknown_code_is_no_good(tx, alice):
    given = await a_code(tx, alice)
    assert await codes.redeem(tx, given.back(code="x" * 43)) is None


@pytest.mark.parametrize("verifier", ["", VERIFIER[:-1] + "x", pkce.challenge_of(VERIFIER)])
async def test_a_code_with_a_challenge_needs_its_verifier(tx, alice, verifier):
    given = await a_code(tx, alice, challenge=pkce.challenge_of(VERIFIER))
    assert await codes.redeem(tx, given.back(verifier=verifier)) is None
    assert await codes.redeem(tx, given.back(verifier=VERIFIER))


async def test_a_verifier_whose_challenge_was_taken_out_is_refused(tx, alice):
    given = await a_code(tx, alice)
    assert await codes.redeem(tx, given.back(verifier=VERIFIER)) is None


async def test_the_code_itself_is_not_kept(tx, alice):
    given = await a_code(tx, alice)
    rows = await tx.raw.fetch("select oauth_codes::text as text from oauth_codes")
    assert rows
    assert all(given.text not in row["text"] for row in rows)


async def test_of_two_who_come_at_once_with_one_code_neither_keeps_a_token(database):
    async with database.transaction() as tx:
        alice = await resident(tx, "alice")
        given = await a_code(tx, alice)
    results = []

    async def come():
        async with database.transaction() as tx:
            code = await codes.redeem(tx, given.back())
            if code is not None:
                grant = Grant(app_id=code.app_id, account_id=alice.id, scopes=["read"], code_id=code.id)
                results.append(await tokens.issue(tx, grant, LASTING))
                await anyio.sleep(0.05)

    async with anyio.create_task_group() as group:
        group.start_soon(come)
        group.start_soon(come)
    [issued] = results
    assert await tokens.find(database, issued.access) is None
