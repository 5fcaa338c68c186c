"""What is done to pixels, with libvips. Only the image child imports this (`image_child.py`).

Only five decoders exist here: those of the kinds we accept. All others of libvips (SVG, TIFF, PDF, ...)
are blocked, whatever a file claims to be.
"""

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("VIPS_BLOCK_UNTRUSTED", "1")  # read by the library when it starts

import pyvips

from barbelo.gateways import blurhash
from barbelo.gateways.picture import (
    MAX_ANIMATED_FRAME_PIXELS,
    MAX_ANIMATED_PIXELS,
    MAX_FRAMES,
    MAX_PIXELS_HEIF,
    MAX_PORTRAIT_PIXELS,
    MAX_SIDE,
    ORIGINAL_PIXELS,
    ORIGINAL_SIDE,
    PREVIEW_PIXELS,
    PREVIEW_SIDE,
    READABLE,
    Attachment,
    ImageInfo,
    Inspect,
    MakeAttachment,
    MakePortrait,
    Picture,
    Portrait,
    Task,
)
from barbelo.gateways.sniff import AVIF, GIF, HEIC, HEIF, JPEG, PNG, WEBP, Kind
from barbelo.gateways.strip import Unusual, can_strip, declared_size, png_frames, strip
from barbelo.kernel.errors import Invalid, TooLarge

Image = Any  # pyvips has no types

DAMAGED = "The picture is damaged, or of a kind that cannot be read here"
QUALITY = 88  # of a photograph that is encoded anew; colour at half resolution, as cameras write it
PREVIEW_QUALITY = 80
STRICT = "error"  # a picture that ends early is refused, not completed in grey

_LOADERS = {JPEG: "jpegload", PNG: "pngload", GIF: "gifload", WEBP: "webpload"}
_LOADERS |= dict.fromkeys((AVIF, HEIC, HEIF), "heifload")


def confine() -> None:
    """Block every decoder but ours, and keep nothing between pictures."""
    pyvips.operation_block_set("VipsForeignLoad", True)
    for name in ("Jpeg", "Png", "Nsgif", "Webp", "Heif"):
        pyvips.operation_block_set(f"VipsForeignLoad{name}", False)
    pyvips.cache_set_max(0)


def perform(task: Task, max_pixels: int) -> ImageInfo | Attachment | Portrait:
    """Do one task. Raises `Invalid` for what is no readable picture and `TooLarge` beyond the limits."""
    try:
        source = _Source(task.path, READABLE[task.mime], max_pixels)
        match task:
            case Inspect():
                return source.info
            case MakeAttachment():
                return _attachment(source, task.folder)
            case MakePortrait():
                return _portrait(source, task.folder, task.box)
    except (pyvips.Error, Unusual) as error:
        raise Invalid(DAMAGED, field="file") from error


class _Source:
    """A file whose header has been read and found within the limits; no pixel is decoded yet."""

    def __init__(self, path: Path, kind: Kind, max_pixels: int) -> None:
        self.path, self.kind = path, kind
        # First by the first bytes, then by the decoder's reading of the header, then by the count of frames.
        limit = min(max_pixels, MAX_PIXELS_HEIF) if kind in {AVIF, HEIC, HEIF} else max_pixels
        declared = declared_size(kind, path)
        _check_size(*declared, limit)
        header = pyvips.Operation.call(_LOADERS[kind], str(path), access="sequential", fail_on=STRICT)
        width, height = max(header.width, declared[0]), max(header.height, declared[1])
        _check_size(width, height, limit)
        frames = png_frames(path) if kind == PNG else _field(header, "n-pages", 1)
        self.frames = 1 if kind in {AVIF, HEIC, HEIF} else frames
        orientation = _field(header, "orientation", 1)
        self.orientation = orientation if 1 <= orientation <= 8 else 1
        self.width, self.height = (height, width) if self.orientation >= 5 else (width, height)
        self.profile: bytes | None = _field(header, "icc-profile-data", None)
        self.plain = header.format == "uchar" and header.interpretation in {"srgb", "b-w"}
        self.has_alpha: bool = header.hasalpha()
        if self.frames > 1:
            self._check_animation()

    def _check_animation(self) -> None:
        size = self.width * self.height
        if self.frames > MAX_FRAMES:
            raise TooLarge(f"The animation has more than {MAX_FRAMES} frames")
        if size > MAX_ANIMATED_FRAME_PIXELS or size * self.frames > MAX_ANIMATED_PIXELS:
            raise TooLarge("The animation has too many pixels")

    @property
    def info(self) -> ImageInfo:
        return ImageInfo(self.width, self.height, self.frames, self.orientation)

    def draw(self, box: tuple[int, int], *, options: str = "", **more: object) -> Image:
        """Decode, upright, in sRGB (or Display P3 where it says so), fitted into `box`, never enlarged."""
        if self.profile:
            more["export_profile"] = "p3" if _space(self.profile) == "p3" else "srgb"
        more.setdefault("size", "down")
        return pyvips.Image.thumbnail(f"{self.path}{options}", box[0], height=box[1], fail_on=STRICT, **more)


def _check_size(width: int, height: int, limit: int) -> None:
    if width * height > limit or max(width, height) > MAX_SIDE:
        raise TooLarge(f"The picture has more than {limit} pixels, or a side longer than {MAX_SIDE}")


def _field(header: Image, name: str, default: Any) -> Any:
    return header.get(name) if header.get_typeof(name) else default


def _space(profile: bytes | None) -> str | None:
    """Which of the two colour spaces that everybody knows a profile names; None = another one."""
    if profile is None:
        return "srgb"
    text = profile.replace(b"\0", b"")  # descriptions are ASCII or UTF-16
    if b"Display P3" in text or b"sP3C" in text:  # the second is the short one that we write
        return "p3"
    return "srgb" if b"sRGB" in text and b"inear" not in text else None


def _attachment(source: _Source, folder: Path) -> Attachment:
    original = _copied(source, folder / "original") or _encoded(source, folder / "original")
    preview, sample = _preview(original, folder / "preview")
    return Attachment(original, preview, _blurhash(sample), source.info)


def _copied(source: _Source, stem: Path) -> Picture | None:
    """The same pixels without metadata, where nothing else need change; None = encode anew."""
    space = _space(source.profile)
    moving = source.frames > 1
    alike = source.plain and space and source.orientation == 1
    fits = _fitted(source.width, source.height, ORIGINAL_PIXELS, ORIGINAL_SIDE) == (
        source.width,
        source.height,
    )
    if not can_strip(source.kind) or not (moving or (alike and fits)):
        return None
    target = stem.with_suffix(source.kind.suffix)
    profile = pyvips.Operation.call("profile_load", "p3") if space == "p3" and source.kind != GIF else None
    try:
        strip(source.kind, source.path, target, profile)
    except Unusual:
        if moving:
            raise
        return None
    return Picture(target, source.kind.mime, source.width, source.height, target.stat().st_size)


def _encoded(source: _Source, stem: Path) -> Picture:
    kind = {HEIC: JPEG, HEIF: JPEG, GIF: PNG}.get(source.kind, source.kind)
    box = _fitted(source.width, source.height, ORIGINAL_PIXELS, ORIGINAL_SIDE)
    return _write(source.draw(box), stem, kind)


def _preview(original: Picture, stem: Path) -> tuple[Picture, Image]:
    """A small still picture, drawn from the one we wrote (so that one is known to be readable), and its pixels."""
    written = _Source(original.path, READABLE[original.mime], original.width * original.height)
    box = _fitted(original.width, original.height, PREVIEW_PIXELS, PREVIEW_SIDE)
    small = written.draw(box).copy_memory()
    if small.hasalpha() and small[small.bands - 1].min() == 255:
        small = small.extract_band(0, n=small.bands - 1)
    kind = WEBP if small.hasalpha() else JPEG
    return _write(small, stem, kind, PREVIEW_QUALITY), small


def _blurhash(small: Image) -> str:
    scale = blurhash.THUMBNAIL_SIDE / max(small.width, small.height)
    tiny = small.resize(scale) if scale < 1 else small
    if tiny.hasalpha():
        tiny = tiny.flatten(background=[128] * (tiny.bands - 1))  # neither a light nor a dark page dazzles
    if tiny.bands == 1:
        tiny = tiny.bandjoin([tiny, tiny])
    pixels = tiny.cast("uchar").write_to_memory()
    return blurhash.encode(
        bytes(pixels), tiny.width, tiny.height, *blurhash.components(tiny.width, tiny.height)
    )


def _portrait(source: _Source, folder: Path, box: tuple[int, int]) -> Portrait:
    box = _covered(source.width, source.height, box)
    if source.frames == 1:
        return Portrait(_still(source, folder / "picture", box), None)
    if box == (source.width, source.height):
        moving = _copied(source, folder / "picture")
    elif source.kind == PNG:  # libvips draws of an APNG only the still picture
        return Portrait(_still(source, folder / "picture", box), None)
    elif source.width * source.height * source.frames > MAX_PORTRAIT_PIXELS:
        raise TooLarge("The animation has too many pixels")
    else:
        moving = _write(_cut_frames(source, box), folder / "picture", source.kind)
    still = _still(source, folder / "still", box)
    return Portrait(moving, still) if moving else Portrait(still, None)


def _still(source: _Source, stem: Path, box: tuple[int, int]) -> Picture:
    image = source.draw(box, crop="centre", size="both")
    kind = {GIF: PNG, AVIF: JPEG, HEIC: JPEG, HEIF: JPEG}.get(source.kind, source.kind)
    return _write(image, stem, PNG if kind == JPEG and image.hasalpha() else kind)


def _cut_frames(source: _Source, box: tuple[int, int]) -> Image:
    """All frames, each scaled to cover `box` and cut to it; libvips keeps them as one tall picture."""
    scale = max(box[0] / source.width, box[1] / source.height)
    scaled = (max(box[0], round(source.width * scale)), max(box[1], round(source.height * scale)))
    tall = source.draw(scaled, options="[n=-1]", size="force").copy_memory()
    height = tall.get("page-height")
    left, top = (tall.width - box[0]) // 2, (height - box[1]) // 2
    frames = [tall.crop(left, number * height + top, *box) for number in range(tall.height // height)]
    joined = pyvips.Image.arrayjoin(frames, across=1).copy()
    joined.set_type(pyvips.GValue.gint_type, "page-height", box[1])
    return joined


def _fitted(width: int, height: int, pixels: int, side: int) -> tuple[int, int]:
    """The largest size of this shape with so many pixels and no longer side; never larger than it is."""
    scale = min(1.0, math.sqrt(pixels / (width * height)), side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _covered(width: int, height: int, box: tuple[int, int]) -> tuple[int, int]:
    """The largest size of the box's shape that the picture can fill without being enlarged."""
    scale = min(1.0, width / box[0], height / box[1])
    return max(1, round(box[0] * scale)), max(1, round(box[1] * scale))


def _write(image: Image, stem: Path, kind: Kind, quality: int = QUALITY) -> Picture:
    target = stem.with_suffix(kind.suffix)
    wide = image.get_typeof("icc-profile-data") and _space(image.get("icc-profile-data")) == "p3"
    options = {"profile": "p3"} if wide and kind != GIF else {}
    _SAVERS[kind](image, str(target), quality, options)
    height = _field(image, "page-height", image.height)
    return Picture(target, kind.mime, image.width, height, target.stat().st_size)


def _save_jpeg(image: Image, target: str, quality: int, options: dict[str, str]) -> None:
    flat = image.flatten(background=[255] * (image.bands - 1)) if image.hasalpha() else image
    # Choosing the best code costs a second pass and all coefficients in memory (99 instead of 51 MB for a
    # photograph), for 5 % fewer bytes: worth it for what is small.
    flat.jpegsave(
        target, Q=quality, keep="none", optimize_coding=flat.width * flat.height < 1_000_000, **options
    )


def _save_png(image: Image, target: str, _: int, options: dict[str, str]) -> None:
    image.pngsave(target, compression=6, filter="all", keep="none", **options)


def _save_gif(image: Image, target: str, *_: object) -> None:
    image.gifsave(target, effort=4, keep="none")


def _save_webp(image: Image, target: str, quality: int, options: dict[str, str]) -> None:
    image.webpsave(target, Q=quality, effort=3, keep="none", **options)


def _save_avif(image: Image, target: str, _: int, options: dict[str, str]) -> None:
    image.heifsave(target, compression="av1", Q=65, effort=2, keep="none", **options)


_SAVERS: dict[Kind, Callable[[Image, str, int, dict[str, str]], None]] = {
    JPEG: _save_jpeg,
    PNG: _save_png,
    GIF: _save_gif,
    WEBP: _save_webp,
    AVIF: _save_avif,
}
