"""Reports by the API, and what is kept of them."""

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from api.shapes import check
from barbelo.db.statement import statement
from calls import opened_api, settings_for

REPORTS = "/api/v1/reports"
_KEPT = statement(text("select comment, category, cardinality(status_ids) from reports"))


async def kept(api):
    return [tuple(row) for row in await api.database._fetch(_KEPT, {})]


async def id_of(api, who):
    return (await api.get("/api/v1/accounts/verify_credentials", as_=who))["id"]


async def test_a_report_is_kept_with_the_statuses_that_are_theirs_and_seen(api, alice, carol):
    ids = [
        (await api.post("/api/v1/statuses", as_=who, status="x", visibility=visibility))["id"]
        for who, visibility in ((alice, "public"), (alice, "private"), (carol, "public"))
    ]
    report = await api.post(
        REPORTS,
        as_=carol,
        account_id=await id_of(api, alice),
        status_ids=ids,
        comment="rude",
        category="spam",
    )
    check(report, "Report")
    assert (report["status_ids"], report["category"], report["action_taken"]) == (ids[:1], "spam", False)
    assert report["target_account"]["acct"] == "alice"
    assert await kept(api) == [("rude", "spam", 1)]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"comment": "a" * 1001}, "Comment must be up to 1000 characters"),
        ({"category": "nonsense"}, "category - Invalid value for enum."),
        ({"rule_ids": [1]}, "rule_ids - There is no such rule."),
        ({"account_id": "9hptFmUF3ztxYh3Svg"}, "Account not found"),
        ({"account_id": "\0"}, "Account not found"),
    ],
)
async def test_a_report_that_makes_no_sense_is_refused(api, alice, carol, more, words):
    given = {"account_id": await id_of(api, alice), **more}
    answer = await api.call("POST", REPORTS, as_=carol, json=given)
    assert (answer.status_code, answer.json()["error"]) == (422, words)
    assert await kept(api) == []


async def test_a_rule_makes_it_a_violation(database, tmp_path):
    settings = settings_for(tmp_path)
    ruled = replace(settings, instance=replace(settings.instance, rules=("Be kind.",)))
    async with opened_api(ruled, database) as api:
        alice, carol = await api.person("alice"), await api.person("carol")
        form = {"account_id": await id_of(api, alice), "rule_ids[]": "1"}
        answer = await api.call("POST", REPORTS, as_=carol, data=form)
        assert (answer.json()["category"], answer.json()["rule_ids"]) == ("violation", ["1"])


async def test_reporting_needs_a_person_with_the_scope(api, alice, carol):
    given = {"json": {"account_id": await id_of(api, alice)}}
    assert await api.status_of("POST", REPORTS, **given) == 403
    assert await api.status_of("POST", REPORTS, as_=await api.token(carol, "read"), **given) == 403
    assert await api.status_of("POST", REPORTS, as_=carol, json={}) == 422
