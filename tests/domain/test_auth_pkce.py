import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbelo.domain.auth import pkce

# RFC 7636, appendix B
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"


def test_the_example_of_the_rfc_fits():
    assert pkce.challenge_of(VERIFIER) == CHALLENGE
    assert pkce.fits(VERIFIER, CHALLENGE)


@pytest.mark.parametrize(
    "verifier",
    [
        "",
        CHALLENGE,
        VERIFIER[:-1],
        VERIFIER[:-1] + "K",
        VERIFIER.lower(),
        VERIFIER + "\n",
        VERIFIER + "=",
        "é" * 43,
    ],
)
def test_any_other_verifier_does_not(verifier):
    assert not pkce.fits(verifier, CHALLENGE)


def test_a_short_or_long_verifier_is_refused_even_when_its_hash_fits():
    for verifier in ("a" * 42, "a" * 129):
        assert not pkce.fits(verifier, pkce.challenge_of(verifier))


def test_a_verifier_without_a_challenge_is_an_attack():
    assert not pkce.fits(VERIFIER, None)
    assert pkce.fits("", None)


@given(st.text(UNRESERVED, min_size=43, max_size=128))
def test_every_verifier_fits_its_own_challenge(verifier):
    challenge = pkce.challenge_of(verifier)
    assert pkce.is_challenge(challenge)
    assert pkce.fits(verifier, challenge)


@pytest.mark.parametrize("text", ["", CHALLENGE + "=", CHALLENGE[:-1], CHALLENGE + "a", VERIFIER[:-1] + "~"])
def test_what_cannot_be_a_sha256_is_no_challenge(text):
    assert not pkce.is_challenge(text)
