"""Which scopes come out of a wish. The words and their hierarchy are in `kernel/scopes`.

Source: reference/pleroma 5.2, 5.3.
"""

from collections.abc import Sequence

from barbelo.domain.auth.errors import ScopeTooWide
from barbelo.kernel import scopes as words

USUAL = "read"
"""What an authorize page asks for when it does not say. Source: reference/mastodon 2."""


def granted(asked: str, allowed: Sequence[str], *, default: Sequence[str]) -> list[str]:
    """The scopes that `asked` spells, or `default` when it is empty. Raises `ScopeTooWide` beyond `allowed`."""
    wanted = words.split(asked) or list(default)
    if not wanted or not words.within(wanted, allowed) or not words.KNOWN.issuperset(wanted):
        raise ScopeTooWide
    return wanted


def usual(allowed: Sequence[str]) -> list[str]:
    """`read`, for an app that may read; else all that it may."""
    return [USUAL] if words.covers(allowed, USUAL) else list(allowed)
