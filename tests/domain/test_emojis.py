"""Our custom emoji are what lies on the disk, and everybody hears of changes."""

from barbelo.domain.emojis.queries import list_local
from barbelo.domain.emojis.sync import Changes, EmojiDraft, sync
from barbelo.domain.events import EmojisChanged
from barbelo.intake.emojis import reload_emojis


def draft(shortcode, path=None):
    return EmojiDraft(
        shortcode=shortcode, path=path or f"p/{shortcode}.png", category="pack:p", tags=["pack:p"]
    )


async def names(reader):
    return [(emoji.shortcode, emoji.path) for emoji in await list_local(reader)]


async def test_the_table_becomes_what_is_on_the_disk(tx):
    assert await sync(tx, [draft("cat"), draft("dog")]) == Changes(2, 0)
    assert await sync(tx, [draft("cat", "q/cat.png")]) == Changes(1, 1)
    assert await names(tx) == [("cat", "q/cat.png")]
    assert tx.live == [EmojisChanged(), EmojisChanged()]


async def test_nothing_is_told_when_nothing_has_changed(tx):
    await sync(tx, [draft("cat")])
    tx.live.clear()
    assert await sync(tx, [draft("cat")]) == Changes(0, 0)
    assert tx.live == []


async def test_a_folder_of_packs_is_read_in(database, tmp_path):
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / "cat.png").write_bytes(b"\x89PNG")
    assert (await reload_emojis(database, tmp_path)).count == 1
    assert await names(database) == [("cat", "blobs/cat.png")]
    await reload_emojis(database, tmp_path / "not there")
    assert await names(database) == [("cat", "blobs/cat.png")]
