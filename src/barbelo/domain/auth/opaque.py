"""Opaque secrets: client secrets, codes, tokens. People hold the text; we keep its SHA-256.

A secret has 256 random bits, so a plain hash is as good as a slow one, and looking it up by its
hash tells nothing by its time.
"""

import hmac
import secrets
from hashlib import sha256

CHARACTERS = 43
"""Length of what `new` gives; url-safe base64, as Pleroma's are. Source: reference/pleroma 5.1."""


def new() -> str:
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is kept of `secret`: 32 bytes."""
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


def is_one(secret: str, kept: bytes) -> bool:
    """Whether `kept` is the digest of `secret`, compared in constant time."""
    return hmac.compare_digest(digest(secret), kept)
