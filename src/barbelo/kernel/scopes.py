"""OAuth scopes: names, hierarchy, and the question whether one set covers a need.

Source: reference/pleroma 5.2; docs.joinmastodon.org/api/oauth-scopes.
"""

from collections.abc import Iterable

_READ = (
    "accounts backups blocks bookmarks chats collections favourites filters follows lists media mutes "
    "notifications reports scrobbles search security statuses"
).split()
_WRITE = (
    "accounts blocks bookmarks chats collections conversations favourites filters follow follows lists media "
    "mutes notifications reports scrobbles security statuses"
).split()
_ADMIN = (
    "accounts canonical_email_blocks chats domain_allows domain_blocks email_domain_blocks follows invites "
    "ip_blocks media_proxy_caches reports statuses"
).split()

KNOWN: frozenset[str] = frozenset(
    ["read", "write", "follow", "push", "profile", "admin", "admin:read", "admin:write", "admin:metrics"]
    + [f"read:{name}" for name in _READ]
    + [f"write:{name}" for name in _WRITE]
    + [f"admin:{verb}:{name}" for verb in ("read", "write") for name in _ADMIN]
)

FOLLOW_COVERS = frozenset(
    f"{verb}:{name}" for verb in ("read", "write") for name in ("follows", "blocks", "mutes")
)
"""What the old flat scope `follow` stands for."""


def split(text: str) -> list[str]:
    """Scopes as clients write them: separated by spaces, commas or plus signs; order kept, no doubles."""
    return list(dict.fromkeys(text.replace(",", " ").replace("+", " ").split()))


def covers(granted: Iterable[str], needed: str) -> bool:
    """Whether one of `granted` is `needed` or stands above it: `admin:read` covers `admin:read:reports`."""
    return any(
        scope == needed or needed.startswith(scope + ":") or (scope == "follow" and needed in FOLLOW_COVERS)
        for scope in granted
    )


def within(asked: Iterable[str], allowed: Iterable[str]) -> bool:
    """Whether every scope in `asked` is covered: a token never has more than its app."""
    allowed = tuple(allowed)
    return all(covers(allowed, scope) for scope in asked)
