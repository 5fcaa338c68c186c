"""Proof Key for Code Exchange, S256 only: `plain` would protect from nothing. Source: RFC 7636."""

import base64
import hmac
import re
from hashlib import sha256

METHOD = "S256"

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}\Z")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}\Z")


def is_challenge(text: str) -> bool:
    """Whether this can be the base64url of a SHA-256, without padding."""
    return _CHALLENGE.match(text) is not None


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(sha256(verifier.encode("ascii")).digest()).decode().rstrip("=")


def fits(verifier: str, challenge: str | None) -> bool:
    """Whether `verifier` answers `challenge`.

    Without a challenge there must be no verifier either: a client that sends one began with a
    challenge, which somebody has taken out on the way (RFC 9700 2.1.1).
    """
    if challenge is None:
        return not verifier
    if not _VERIFIER.match(verifier):
        return False
    return hmac.compare_digest(challenge_of(verifier), challenge)
