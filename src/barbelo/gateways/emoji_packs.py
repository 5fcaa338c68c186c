"""Custom emoji as they lie on the disk, in Pleroma's own form. Source: reference/pleroma 6.1, 6.2.

One folder for each pack below the root. A pack names its emoji in `pack.json`, else in `emoji.txt`, else
every picture in it is one. An existing folder of packs can be moved over as it is.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

SHORTCODE = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)
SUFFIXES = frozenset({".png", ".gif", ".webp", ".apng", ".avif", ".jpg", ".jpeg"})
GUESSED_SUFFIXES = frozenset(
    {".png", ".gif"}
)  # without a list, other pictures are mostly previews and sources
LONGEST_LIST_BYTES = 4_000_000
MOST_EMOJIS = 20_000  # of one pack


class PackEmoji(Struct, frozen=True):
    """One emoji; `path` is below the root, with slashes."""

    shortcode: str
    path: str
    tags: list[str]


class Found(Struct, frozen=True):
    """All packs together. `problems` are sentences about what was passed over."""

    emojis: list[PackEmoji]
    problems: list[str]


class _PackFile(Struct):
    files: dict[str, str] = {}


def read_packs(root: Path) -> Found:
    """Every emoji below `root` (blocking). Of two with one shortcode the first, by the name of its pack, wins."""
    emojis: dict[str, PackEmoji] = {}
    problems: list[str] = []
    for folder in sorted(path for path in _listed(root) if path.is_dir()):
        for shortcode, path, tags in _read_pack(folder, problems):
            problem = _problem(root, shortcode, path)
            if problem is not None:
                problems.append(f"{folder.name}: {problem}")
            elif shortcode in emojis:
                problems.append(f"{folder.name}: :{shortcode}: is taken by {emojis[shortcode].path}")
            else:
                emojis[shortcode] = PackEmoji(shortcode, path.relative_to(root).as_posix(), tags)
    return Found(list(emojis.values()), problems)


def find_emoji_file(root: Path, path: str) -> Path | None:
    """The file that `/emoji/<path>` means; None for whatever is not a picture inside the root."""
    place = root / path
    if place.suffix.lower() not in SUFFIXES or not _is_inside(root, place) or not place.is_file():
        return None
    return place


def _listed(root: Path) -> list[Path]:
    return [path for path in root.iterdir() if not path.name.startswith(".")] if root.is_dir() else []


def _read_pack(folder: Path, problems: list[str]) -> Iterator[tuple[str, Path, list[str]]]:
    own_tag = [f"pack:{folder.name}"]
    if (folder / "pack.json").is_file():
        for shortcode, name in _read_json(folder, problems).items():
            yield shortcode, folder / name, own_tag
    elif (folder / "emoji.txt").is_file():
        yield from _read_text(folder)
    else:
        for path in sorted(folder.rglob("*"))[:MOST_EMOJIS]:
            if path.suffix.lower() in GUESSED_SUFFIXES:
                yield path.stem, path, own_tag


def _read_json(folder: Path, problems: list[str]) -> dict[str, str]:
    try:
        files = msgspec.json.decode(_bytes(folder / "pack.json"), type=_PackFile).files
    except (msgspec.DecodeError, OSError) as error:
        problems.append(f"{folder.name}: pack.json cannot be read: {error}")
        return {}
    return dict(list(files.items())[:MOST_EMOJIS])


def _read_text(folder: Path) -> Iterator[tuple[str, Path, list[str]]]:
    """Lines such as `blobcat, /emoji/blobs/blobcat.png, Animals`."""
    for line in _bytes(folder / "emoji.txt").decode("utf-8", "replace").splitlines()[:MOST_EMOJIS]:
        shortcode, *rest = (part.strip() for part in line.split(","))
        if shortcode and rest and not shortcode.startswith("#"):
            place = rest[0].removeprefix("/emoji/")
            yield shortcode, folder.parent / place, rest[1:] or ["Custom"]


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LONGEST_LIST_BYTES)


def _problem(root: Path, shortcode: str, path: Path) -> str | None:
    if not SHORTCODE.fullmatch(shortcode):
        return f"{shortcode!r} is not a shortcode"
    if not _is_inside(root, path):
        return f"{path.name} leads out of the folder"
    if path.suffix.lower() not in SUFFIXES or not path.is_file():
        return f"{path.name} is not a picture that is there"
    return None


def _is_inside(root: Path, path: Path) -> bool:
    """Whatever dots and links are in its way."""
    return path.resolve().is_relative_to(root.resolve())
