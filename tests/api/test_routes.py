"""Every route: whom it serves, that it is described, and that some test calls it."""

import re
from pathlib import Path

import pytest

from barbelo.app import routes
from barbelo.http.openapi import About
from barbelo.http.paths import NAME
from barbelo.kernel import scopes

TESTS = Path(__file__).parents[1]
ROUTES = routes(About(base="https://barbelo.test"))
OURS = [route for route in ROUTES if not route.path.startswith("/api/openapi")]


def named(route):
    return f"{route.method} {route.path}"


@pytest.fixture(scope="module")
def words():
    """All that the tests say, as one text."""
    return "\n".join(path.read_text() for path in TESTS.rglob("test_*.py"))


@pytest.mark.parametrize("route", OURS, ids=named)
def test_a_route_for_people_names_scopes_that_there_are(route):
    if route.path.startswith("/api/v") and route.auth in {"user", "optional"}:
        assert route.scopes or route.path in SCOPELESS, "whoever has a token may do this"
    assert set(route.scopes) <= scopes.KNOWN


SCOPELESS = {
    "/api/v1/custom_emojis",  # the same for everybody
}


async def test_every_route_is_described_with_all_its_parameters(api):
    document = await api.get("/api/openapi")
    for route in OURS:
        for path in route.paths:
            entry = document["paths"][NAME.sub(r"{\\1}", path)][route.method.lower()]
            for field in getattr(route.params, "__struct_encode_fields__", ()):
                assert f'"{field}"' in str(entry).replace("'", '"') or field in str(document["components"]), (
                    f"{named(route)}: {field}"
                )


@pytest.mark.parametrize("route", OURS, ids=named)
def test_some_test_calls_the_route(route, words):
    """Looks for the last fixed words of one of its paths, for a test may build the rest."""
    called = any(
        re.search(re.escape(part), words)
        for path in route.paths
        for part in [NAME.split(path)[-1].strip("/") or NAME.sub("", path).rstrip("/").rpartition("/")[2]]
        if part
    )
    assert called or route.path == "/", f"no test says {route.path}"
