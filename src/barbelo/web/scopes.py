"""What an app may do, in plain words: the scopes of `kernel/scopes`, for the authorize page."""

from collections.abc import Sequence

from barbelo.kernel.scopes import covers

_WHOLE = {
    "read": "read everything in your account, private messages and settings included",
    "write": "change everything in your account: post, delete, follow, edit your profile",
    "follow": "follow, block and mute people, and see whom you follow, block and mute",
    "push": "receive your notifications",
    "profile": "see your name, your picture and your address here, and nothing else",
    "admin": "do everything that you may do as one who runs this server",
    "admin:read": "see everything that you may see as one who runs this server",
    "admin:write": "change everything that you may change as one who runs this server",
    "admin:metrics": "see how the server is doing",
}
_NOUNS = {
    "accounts": "your profile and accounts",
    "backups": "your backups",
    "blocks": "whom you block",
    "bookmarks": "your bookmarks",
    "canonical_email_blocks": "blocked addresses",
    "chats": "your chats",
    "collections": "your collections",
    "conversations": "your private conversations",
    "domain_allows": "servers that are allowed",
    "domain_blocks": "servers that are blocked",
    "email_domain_blocks": "blocked e-mail providers",
    "favourites": "your favourites",
    "filters": "your filters",
    "follow": "whom you follow",
    "follows": "whom you follow",
    "invites": "invitations",
    "ip_blocks": "blocked addresses of machines",
    "lists": "your lists",
    "media": "your uploads",
    "media_proxy_caches": "the cache of remote media",
    "mutes": "whom you mute",
    "notifications": "your notifications",
    "reports": "your reports",
    "scrobbles": "what you listen to",
    "security": "how you sign in",
    "statuses": "your posts, private ones included",
}
_OF_ALL = {
    "accounts": "all accounts of this server",
    "chats": "all chats of this server",
    "follows": "who follows whom",
    "reports": "all reports",
    "statuses": "all posts of this server",
}
_VERBS = {"read": "see", "write": "change"}
_SPECIAL = {
    "read:search": "search on your behalf",
    "write:statuses": "post and delete in your name",
    "write:media": "upload pictures and other files",
    "write:reports": "report others in your name",
    "write:chats": "write chat messages in your name",
}


def describe(scopes: Sequence[str]) -> list[str]:
    """One sentence for each power, without those that another one includes."""
    wide = [
        scope for scope in scopes if not any(covers([other], scope) for other in scopes if other != scope)
    ]
    return list(dict.fromkeys(_words(scope) for scope in wide))


def _words(scope: str) -> str:
    if scope in _WHOLE:
        return _WHOLE[scope]
    if scope in _SPECIAL:
        return _SPECIAL[scope]
    *area, verb, noun = scope.split(":")
    if area:
        return f"{_VERBS[verb]}, as one who runs this server, {_OF_ALL.get(noun) or _NOUNS[noun]}"
    return f"{_VERBS[verb]} {_NOUNS[noun]}"
