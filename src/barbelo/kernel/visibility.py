"""Who a status is for, as the client API names it."""

from enum import StrEnum


class Visibility(StrEnum):
    PUBLIC = "public"
    UNLISTED = "unlisted"
    PRIVATE = "private"  # accepted followers and the mentioned
    DIRECT = "direct"  # the mentioned only
    LOCAL = "local"  # public, but on this server only
    LIST = "list"  # the members of one of the author's lists


OPEN = frozenset({Visibility.PUBLIC, Visibility.UNLISTED})
"""What anybody may read, signed in or not."""
