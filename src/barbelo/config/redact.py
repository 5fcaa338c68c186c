"""What must not reach a log: tokens, codes, passwords, cookies, and the bodies that carry them.

Two nets: by the name of a fact (`password=...`), and by what stands in a text (a query string, a
header, JSON, the password in a URL). Nobody should log secrets; these are for when somebody does.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

MASK: Final = "***"
LONGEST_CHARACTERS: Final = 2000
"""A longer text is cut; only tracebacks may be longer."""
_DEEPEST: Final = 4

_WORDS: Final = (
    r"access_?token|refresh_?token|mfa_?token|id_?token|admin_?token|_token|token"
    r"|client_?secret|secret|code_?verifier|passwd|password(?:_?confirmation)?|recovery_?codes?"
    r"|session_?key|private_?key|_?pleroma_key"
)
_NAME: Final = re.compile(
    rf"(?:.*[_.\[-])?(?:{_WORDS})\]?|code|authorization|proxy[_-]authorization|(?:set[_-])?cookies?|body"
    r"|x[_-]admin[_-]token|sec[_-]websocket[_-]protocol",
    re.IGNORECASE,
)
_BRACKET: Final = r"(?:\]|%5[dD])?"
_IN_TEXT: Final = (
    # ?access_token=x, password=x, authorization[password]=x, also percent-encoded
    (re.compile(rf"((?:{_WORDS}){_BRACKET}=)[^&\s\"'<>,;)}}]+", re.IGNORECASE), rf"\1{MASK}"),
    # code=x only in a query or form: "exit code=3" stays
    (re.compile(r"((?:^|[?&])code=)[^&\s\"']+", re.IGNORECASE), rf"\1{MASK}"),
    # "password": "x", 'access_token': 'x'
    (
        re.compile(
            rf"""(["'](?:[\w-]*_)?(?:{_WORDS})["']\s*:\s*)(?:"[^"]*(?:"|$)|'[^']*(?:'|$))""", re.IGNORECASE
        ),
        rf'\1"{MASK}"',
    ),
    (re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), rf"\1 {MASK}"),
    # a header as libraries print it, to the end of its line
    (
        re.compile(
            r"\b((?:proxy-)?authorization|(?:set-)?cookie|x-admin-token|sec-websocket-protocol)(['\"]?\s*:)[^\r\n]+",
            re.IGNORECASE,
        ),
        rf"\1\2 {MASK}",
    ),
    # scheme://user:password@host
    (re.compile(r"(\w://[^\s/:@]*:)[^\s/@]+@"), rf"\1{MASK}@"),
)
_SUSPICIOUS: Final = re.compile(r"[=@:]|bearer|basic", re.IGNORECASE)
"""A text without one of these needs no closer look."""


def is_secret_name(name: str) -> bool:
    """Whether a fact of this name is hidden, whatever its value."""
    return _NAME.fullmatch(name) is not None


def redact_text(text: str) -> str:
    """The text with every secret that can be told by its surroundings masked, and without lone surrogates."""
    if not text.isascii():
        text = text.encode("utf-8", "backslashreplace").decode()
    if _SUSPICIOUS.search(text) is not None:
        for pattern, instead in _IN_TEXT:
            text = pattern.sub(instead, text)
    return text


def short_text(text: str) -> str:
    """The text masked, and cut where it is too long; the length it had is told."""
    safe = redact_text(text[: 2 * LONGEST_CHARACTERS])  # what is cut off for certain is not looked at
    if len(text) <= LONGEST_CHARACTERS:
        return safe
    return f"{safe[:LONGEST_CHARACTERS]}... ({len(text)} characters)"


def redact(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of one line, safe to be written."""
    return {name: MASK if is_secret_name(name) else _safe(value, 0) for name, value in facts.items()}


def _safe(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return short_text(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    if depth >= _DEEPEST:
        return "..."
    if isinstance(value, Mapping):
        return {
            str(name): MASK if is_secret_name(str(name)) else _safe(inner, depth + 1)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_safe(inner, depth + 1) for inner in value]
    return short_text(str(value))
