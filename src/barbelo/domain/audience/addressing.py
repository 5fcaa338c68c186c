"""Who a new status goes to: the wished visibility, and what the status it answers makes of it."""

from barbelo.kernel.visibility import OPEN, Visibility


def settled(wished: Visibility, parent: Visibility | None) -> Visibility:
    """The visibility of a status that answers one with visibility `parent`.

    An answer to a direct message is direct. An answer to what stays on this server stays on this
    server. Everything else is as wished: nobody's private post is made more public by a reply to it.
    """
    if parent is Visibility.DIRECT or parent is Visibility.LIST:
        return Visibility.DIRECT
    if parent is Visibility.LOCAL and wished in OPEN:
        return Visibility.LOCAL
    return wished


def addresses_parent(visibility: Visibility, parent: Visibility) -> bool:
    """Whether the author of the parent is spoken to without being named.

    Not by a direct message about somebody's public post: it goes to those who are named in it.
    """
    return visibility is not Visibility.DIRECT or parent is Visibility.DIRECT


def boostable(visibility: Visibility, *, own: bool) -> bool:
    """One's own private posts may be shown again to the same people; nobody else's."""
    return visibility in OPEN or visibility is Visibility.LOCAL or (own and visibility is Visibility.PRIVATE)


def boost_visibility(wished: Visibility | None, original: Visibility) -> Visibility:
    """A boost is never wider than what it boosts, nor than what was wished."""
    if original is Visibility.PRIVATE:
        return Visibility.PRIVATE
    if original is Visibility.LOCAL:
        return Visibility.PRIVATE if wished is Visibility.PRIVATE else Visibility.LOCAL
    return wished or Visibility.PUBLIC


def counts_as_reply(reply: Visibility, parent: Visibility) -> bool:
    """A public number must not tell of what is private."""
    return reply in OPEN or (reply is Visibility.LOCAL and parent is Visibility.LOCAL)


def counts_for_author(visibility: Visibility) -> bool:
    """Direct messages are nobody's business, not even as a number."""
    return visibility not in (Visibility.DIRECT, Visibility.LIST)
