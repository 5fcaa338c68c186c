"""Folders for bookmarks. Source: reference/pleroma 2.9, 4.16."""

from msgspec import UNSET, Struct, UnsetType

from barbelo.api.showing import emojis_of
from barbelo.domain.statuses import folders
from barbelo.entities.bookmark_folder import BookmarkFolder, render_folder
from barbelo.http.context import Ctx
from barbelo.http.errors import Statuses
from barbelo.http.routes import delete, get, patch, post
from barbelo.kernel.errors import Invalid
from barbelo.kernel.ids import find_flake

TAGS = ("bookmarks",)
STATUSES: Statuses = {Invalid: 422}
FOLDERS = "/api/v1/pleroma/bookmark_folders"


@get(FOLDERS, scope="read:bookmarks", tags=TAGS)
async def list_folders(ctx: Ctx) -> list[BookmarkFolder]:
    """One's own, the oldest first."""
    return [render_folder(one, emojis_of(ctx)) for one in await folders.list_folders(ctx.db, ctx.user.id)]


class NewFolder(Struct, frozen=True, kw_only=True):
    """`emoji` is a Unicode one, or the shortcode of one of the server's own."""

    name: str = ""
    emoji: str | None = None


@post(FOLDERS, scope="write:bookmarks", params=NewFolder, statuses=STATUSES, tags=TAGS)
async def add_folder(ctx: Ctx, new: NewFolder) -> BookmarkFolder:
    async with ctx.db.transaction() as tx:
        return render_folder(await folders.add_folder(tx, ctx.user.id, new.name, new.emoji), emojis_of(ctx))


class FolderChanges(Struct, frozen=True, kw_only=True):
    """What is left out stays. An empty emoji, or null, takes it away."""

    name: str | None = None
    emoji: str | UnsetType | None = UNSET


@patch(
    f"{FOLDERS}/{{folder_id}}", scope="write:bookmarks", params=FolderChanges, statuses=STATUSES, tags=TAGS
)
async def change_folder(ctx: Ctx, changes: FolderChanges, folder_id: str) -> BookmarkFolder:
    async with ctx.db.transaction() as tx:
        before = await folders.get_folder(tx, ctx.user.id, find_flake(folder_id))
        after = await folders.change_folder(
            tx,
            ctx.user.id,
            before.id,
            before.name if changes.name is None else changes.name,
            before.emoji if changes.emoji is UNSET else changes.emoji,
        )
        return render_folder(after, emojis_of(ctx))


@delete(f"{FOLDERS}/{{folder_id}}", scope="write:bookmarks", tags=TAGS)
async def drop_folder(ctx: Ctx, folder_id: str) -> BookmarkFolder:
    """Give up a folder. Its bookmarks stay, in no folder."""
    async with ctx.db.transaction() as tx:
        own = await folders.get_folder(tx, ctx.user.id, find_flake(folder_id))
        return render_folder(await folders.drop_folder(tx, ctx.user.id, own.id), emojis_of(ctx))
