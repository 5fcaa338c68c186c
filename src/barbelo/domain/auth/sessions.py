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
_LONGEST = 400  # characters; ours have about 100


class Sessions:
    """`session_key` is the server's secret; `lifetime_s` how long a browser stays signed in."""

    def __init__(self, session_key: bytes, lifetime_s: int) -> None:
        self.lifetime_s = lifetime_s
        self._cipher = AESGCM(hmac.digest(session_key, b"cookie", "sha256"))
        self._form_key = hmac.digest(session_key, b"form", "sha256")

    def seal(self, access_token: str, now: datetime) -> str:
        """The value of a session cookie."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        plain = int(now.timestamp()).to_bytes(_TIME_BYTES) + access_token.encode()
        return PREFIX + _text(nonce + self._cipher.encrypt(nonce, plain, PREFIX.encode()))

    def unseal(self, value: str, now: datetime) -> str | None:
        """The access token in a cookie of ours; None when it is not ours or too old."""
        if not is_sealed(value) or len(value) > _LONGEST:
            return None
        try:
            data = _bytes(value.removeprefix(PREFIX))
            plain = self._cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], PREFIX.encode())
        except (ValueError, InvalidTag):
            return None
        age_s = now.timestamp() - int.from_bytes(plain[:_TIME_BYTES])
        return plain[_TIME_BYTES:].decode() if age_s < self.lifetime_s else None

    def form_key(self, access_token: str) -> str:
        """What a form carries to prove that it came from a page of this session.

        It is another one each time, so that the size of a compressed page tells nothing about it.
        """
        salt = secrets.token_bytes(_SALT_BYTES)
        return _text(salt + self._form_tag(salt, access_token))

    def is_form_key(self, given: str, access_token: str) -> bool:
        try:
            data = _bytes(given[:_LONGEST])
        except ValueError:
            return False
        return hmac.compare_digest(data[_SALT_BYTES:], self._form_tag(data[:_SALT_BYTES], access_token))

    def _form_tag(self, salt: bytes, access_token: str) -> bytes:
        return hmac.digest(self._form_key, salt + opaque.digest(access_token), "sha256")


def is_sealed(value: str) -> bool:
    return value.startswith(PREFIX)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    """Raises `ValueError`."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
