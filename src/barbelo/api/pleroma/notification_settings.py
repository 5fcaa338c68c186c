"""From whom one wants to hear at all. Source: the seed, `/api/pleroma/notification_settings`; reference/pleroma 4.4."""

from msgspec import UNSET, Struct, UnsetType

from barbelo.domain.notifications.switches import SwitchChanges, set_switches
from barbelo.http.context import Ctx
from barbelo.http.routes import put


class Switches(Struct, frozen=True, kw_only=True):
    """What is left out stays. `privacy_option` is the old name of `hide_notification_contents`."""

    followers: bool | None = None
    follows: bool | None = None
    non_followers: bool | None = None
    non_follows: bool | None = None
    remote: bool | None = None
    local: bool | None = None
    block_from_strangers: bool | None = None
    hide_notification_contents: bool | None = None
    privacy_option: bool | None = None


def _given(*values: bool | None) -> bool | UnsetType:
    return next((value for value in values if value is not None), UNSET)


@put("/api/pleroma/notification_settings", scope="write:accounts", params=Switches, tags=("notifications",))
async def set_notification_settings(ctx: Ctx, new: Switches) -> dict[str, str]:
    changes = SwitchChanges(
        followers=_given(new.followers),
        follows=_given(new.follows),
        non_followers=_given(new.non_followers),
        non_follows=_given(new.non_follows),
        remote=_given(new.remote),
        local=_given(new.local),
        block_from_strangers=_given(new.block_from_strangers),
        hide_notification_contents=_given(new.hide_notification_contents, new.privacy_option),
    )
    async with ctx.db.transaction() as tx:
        await set_switches(tx, ctx.user.id, changes)
    return {"status": "success"}
