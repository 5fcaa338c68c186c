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
OURS = [route for route in ROUTES if route.path != "/" and not route.path.startswith("/api/openapi")]


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
            entry = document["paths"][NAME.sub(r"{\1}", path)][route.method.lower()]
            described = _with_components(entry, document["components"]["schemas"])
            for field in getattr(route.params, "__struct_encode_fields__", ()):
                assert f"'{field}" in described, f"{named(route)}: {field}"


def _with_components(entry, components):
    """The entry as text, and the schemas that it names."""
    named = re.findall(r"#/components/schemas/([\w.]+)", str(entry))
    return " ".join(map(str, [entry, *(components[name] for name in named)]))


@pytest.mark.parametrize("route", OURS, ids=named)
def test_some_test_calls_the_route(route, words):
    """Looks for the last fixed word of one of its paths, for a test may build the rest."""
    last = {NAME.sub("", path).rstrip("/").rpartition("/")[2] for path in route.paths}
    assert any(re.search(rf"\b{re.escape(word)}\b", words) for word in last), f"no test says {route.path}"
