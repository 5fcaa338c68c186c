"""The words that the web process and the image child speak with each other, and the limits of pictures.

Light on purpose: the child imports this and the image library, and nothing else that costs memory.
"""

from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from barbelo.gateways.sniff import AVIF, GIF, HEIC, HEIF, JPEG, PNG, WEBP

T = TypeVar("T")

# What is looked at, by what the header says, before a single pixel is decoded.
MAX_PIXELS = 50_000_000  # of one frame, unless configured otherwise: the 48 Mpx of a telephone's camera
MAX_PIXELS_HEIF = 16_777_216  # AVIF and HEIC, whatever is configured: decoded whole, some 28 bytes a pixel
MAX_SIDE = 65_500  # JPEG's own limit; scrolled screenshots are long
MAX_FRAMES = 2_000
MAX_ANIMATED_FRAME_PIXELS = 8_294_400  # an animation is not scaled down
MAX_ANIMATED_PIXELS = 600_000_000  # all frames together: 640x480 for a minute at 30 frames a second
MAX_PORTRAIT_PIXELS = 50_000_000  # of an animated avatar or header that is cut: all frames decoded at once

# What is made of it.
ORIGINAL_PIXELS = 8_294_400  # 3840x2160, as Mastodon
ORIGINAL_SIDE = 16_383  # WebP's limit
PREVIEW_PIXELS = 230_400  # 640x360, as Mastodon
PREVIEW_SIDE = 2_048
AVATAR = (400, 400)
HEADER = (1500, 500)

ACCEPTED = (JPEG, PNG, GIF, WEBP, AVIF)  # what `configuration.media_attachments` may promise
READABLE = {kind.mime: kind for kind in (*ACCEPTED, HEIC, HEIF)}  # HEIC where the library has a decoder


class ImageInfo(Struct, frozen=True):
    """What the header of a picture says. Sides are upright: as seen, after turning by `orientation` (EXIF, 1 to 8)."""

    width: int
    height: int
    frames: int
    orientation: int


class Picture(Struct, frozen=True):
    """A picture that was written; `path` ends with the suffix of its kind."""

    path: Path
    mime: str
    width: int
    height: int
    size_bytes: int

    @property
    def aspect(self) -> float:
        return self.width / self.height


class Attachment(Struct, frozen=True):
    """What becomes of an uploaded picture. `preview` never moves. `source` is what the upload's header said."""

    original: Picture
    preview: Picture
    blurhash: str
    source: ImageInfo


class Portrait(Struct, frozen=True):
    """An avatar or header. `still` is its first frame where it moves, else None."""

    picture: Picture
    still: Picture | None


class Inspect(Struct, frozen=True, tag=True):
    """Task: read the header, judge it by the limits. Answer: `ImageInfo`."""

    path: Path
    mime: str


class MakeAttachment(Struct, frozen=True, tag=True):
    """Task: write original and preview into `folder`. Answer: `Attachment`."""

    path: Path
    mime: str
    folder: Path


class MakePortrait(Struct, frozen=True, tag=True):
    """Task: cut to the shape of `box` (width, height), never enlarging. Answer: `Portrait`."""

    path: Path
    mime: str
    folder: Path
    box: tuple[int, int]


Task = Inspect | MakeAttachment | MakePortrait


class Envelope(Struct, frozen=True):
    """One task on its way to the child, with the configured limit of pixels in one frame."""

    task: Task
    max_pixels: int = MAX_PIXELS


class Answer(Struct, frozen=True):
    """What the child says: a `result`, or the sentence and the kind of a refusal."""

    result: msgspec.Raw = msgspec.Raw(b"null")
    invalid: str | None = None
    too_large: str | None = None


def encode(message: object) -> bytes:
    """One line of JSON, without its end."""
    return msgspec.json.encode(message, enc_hook=str)


def decode(line: bytes, kind: type[T]) -> T:
    """Raises `msgspec.ValidationError` for anything else."""
    return msgspec.json.decode(line, type=kind, dec_hook=lambda wanted, value: wanted(value))
