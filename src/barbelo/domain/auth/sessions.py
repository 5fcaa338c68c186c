"""The browser's session: an access token, sealed into a cookie; and the keys of forms.

The seal (AES-GCM under the server's session key) keeps the token itself out of cookie jars and
back-ups, and carries the time, so that the server and not the browser decides when a session ends.
Source: reference/pleroma 1.2.
"""

import base64
import hmac
import secrets
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from barbelo.domain.auth import opaque

PREFIX = "s1."
_NONCE_BYTES = 12
_TIME_BYTES = 8
_SALT_BYTES = 16
_LONGEST = 400  # characters; ours have about 120


def seal(access_token: str, session_key: bytes, now: datetime) -> str:
    """The value of a session cookie."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    plain = int(now.timestamp()).to_bytes(_TIME_BYTES) + access_token.encode()
    return PREFIX + _text(nonce + _cipher(session_key).encrypt(nonce, plain, PREFIX.encode()))


def is_sealed(value: str) -> bool:
    return value.startswith(PREFIX)


def unseal(value: str, session_key: bytes, now: datetime, lifetime_s: int) -> str | None:
    """The access token in a cookie of ours; None when it is not ours or too old."""
    if not is_sealed(value) or len(value) > _LONGEST:
        return None
    try:
        data = _bytes(value.removeprefix(PREFIX))
        plain = _cipher(session_key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], PREFIX.encode())
    except (ValueError, InvalidTag):
        return None
    age_s = now.timestamp() - int.from_bytes(plain[:_TIME_BYTES])
    return plain[_TIME_BYTES:].decode() if age_s < lifetime_s else None


def form_key(access_token: str, session_key: bytes) -> str:
    """What a form carries to prove that it came from a page of this session.

    It is another one each time, so that the size of a compressed page tells nothing about it.
    """
    salt = secrets.token_bytes(_SALT_BYTES)
    return _text(salt + _form_tag(salt, access_token, session_key))


def is_form_key(given: str, access_token: str, session_key: bytes) -> bool:
    try:
        data = _bytes(given[:_LONGEST])
    except ValueError:
        return False
    salt, tag = data[:_SALT_BYTES], data[_SALT_BYTES:]
    return hmac.compare_digest(tag, _form_tag(salt, access_token, session_key))


def _form_tag(salt: bytes, access_token: str, session_key: bytes) -> bytes:
    return hmac.digest(session_key, b"form " + salt + opaque.digest(access_token), "sha256")


def _cipher(session_key: bytes) -> AESGCM:
    """A key of its own for cookies: the session key has other uses too."""
    return AESGCM(hmac.digest(session_key, b"cookie", "sha256"))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    """Raises `ValueError`."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
