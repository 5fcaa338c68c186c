"""Who is asking."""

from msgspec import Struct

from barbelo.kernel.ids import AccountId, AppId, TokenId


class Viewer(Struct, frozen=True, kw_only=True):
    """The account that asks, and what its credentials allow. Nobody signed in is `None`, not a Viewer."""

    id: AccountId
    username: str
    scopes: frozenset[str]
    app_id: AppId | None = None
    token_id: TokenId | None = None
    is_admin: bool = False
    is_moderator: bool = False
