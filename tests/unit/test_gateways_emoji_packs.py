"""Emoji packs on the disk: Pleroma's own form, and nothing outside of it."""

import json

import pytest

from barbelo.gateways.emoji_packs import find_emoji_file, read_packs


def pack(root, name, files=(), listed=None, text=None):
    folder = root / name
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(b"\x89PNG")
    if listed is not None:
        (folder / "pack.json").write_text(json.dumps({"files": listed, "pack": {"license": "CC0"}}))
    if text is not None:
        (folder / "emoji.txt").write_text(text)
    return folder


def read(root):
    return {emoji.shortcode: (emoji.path, emoji.tags) for emoji in read_packs(root).emojis}


def test_a_pack_names_its_emoji(tmp_path):
    pack(
        tmp_path,
        "blobs",
        ["cat.png", "foxes/fox.gif", "extra.png"],
        {"blobcat": "cat.png", "fox": "foxes/fox.gif"},
    )
    tags = ["pack:blobs"]
    assert read(tmp_path) == {"blobcat": ("blobs/cat.png", tags), "fox": ("blobs/foxes/fox.gif", tags)}


def test_an_old_pack_names_them_in_a_text(tmp_path):
    text = "# mine\ncat, /emoji/old/cat.png, Animals, Cats\ndog, /emoji/old/dog.png\n\nrubbish\n"
    pack(tmp_path, "old", ["cat.png", "dog.png"], text=text)
    assert read(tmp_path) == {
        "cat": ("old/cat.png", ["Animals", "Cats"]),
        "dog": ("old/dog.png", ["Custom"]),
    }


def test_without_a_list_every_picture_is_one(tmp_path):
    pack(tmp_path, "loose", ["a.png", "deep/b.gif", "readme.txt", "c.svg"])
    assert set(read(tmp_path)) == {"a", "b"}


def test_of_two_with_one_name_the_first_pack_wins_and_it_is_told(tmp_path):
    pack(tmp_path, "b", ["cat.png"])
    pack(tmp_path, "a", ["cat.png"])
    found = read_packs(tmp_path)
    assert [emoji.path for emoji in found.emojis] == ["a/cat.png"]
    assert found.problems == ["b: :cat: is taken by a/cat.png"]


@pytest.mark.parametrize(
    ("shortcode", "file"),
    [("evil", "../../secret.png"), ("evil", "/etc/passwd"), ("no spaces", "cat.png"), ("gone", "gone.png")],
)
def test_what_leads_out_or_is_not_there_is_passed_over_and_told(tmp_path, shortcode, file):
    (tmp_path.parent / "secret.png").write_bytes(b"secret")
    pack(tmp_path, "p", ["cat.png"], {shortcode: file, "cat": "cat.png"})
    found = read_packs(tmp_path)
    assert [emoji.shortcode for emoji in found.emojis] == ["cat"]
    assert len(found.problems) == 1


def test_links_do_not_lead_out(tmp_path):
    root = tmp_path / "emoji"
    folder = pack(root, "p", ["cat.png"])
    outside = tmp_path / "outside.png"
    outside.write_bytes(b"secret")
    (folder / "link.png").symlink_to(outside)
    assert set(read(root)) == {"cat"}
    assert find_emoji_file(root, "p/link.png") is None
    assert find_emoji_file(root, "p/cat.png") == folder / "cat.png"


@pytest.mark.parametrize(
    "path", ["../outside.png", "p/../../outside.png", "p/pack.json", "p", "", "p/none.png"]
)
def test_only_pictures_inside_are_served(tmp_path, path):
    root = tmp_path / "emoji"
    (tmp_path / "outside.png").write_bytes(b"secret")
    pack(root, "p", ["cat.png"], {"cat": "cat.png"})
    assert find_emoji_file(root, path) is None


@pytest.mark.parametrize("rubbish", [b"{", b"[]", b'{"files": 3}', b"\xff"])
def test_a_broken_pack_spoils_no_other(tmp_path, rubbish):
    (pack(tmp_path, "broken", ["x.png"]) / "pack.json").write_bytes(rubbish)
    pack(tmp_path, "good", ["cat.png"])
    found = read_packs(tmp_path)
    assert [emoji.shortcode for emoji in found.emojis] == ["cat"]
    assert len(found.problems) == 1


def test_no_folder_has_no_emoji(tmp_path):
    assert read_packs(tmp_path / "none").emojis == []
