"""Copying a picture without what it tells about its maker, and without touching one pixel.

Each format is walked part by part, and only parts on its allow-list are copied: no EXIF, GPS, XMP, IPTC,
comments, thumbnails, dates, colour profiles of somebody's screen, and nothing behind the end of the
picture. That keeps the quality of what needs no other change, keeps animations moving, and is cheap.

Whatever is not laid out as a plain encoder would lay it out is `Unusual`: such a still picture is
decoded and encoded anew, such an animation refused. The pixel data themselves stay unread here.

Sources: ITU T.81 annex B (JPEG); W3C PNG 3rd edition; GIF89a specification; RFC 9649 (WebP).
"""

import mmap
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from barbelo.gateways.sniff import GIF, JPEG, PNG, WEBP, Kind

Bytes = mmap.mmap


class Unusual(Exception):
    """Not laid out as expected; the text says what, for us."""


def strip(kind: Kind, source: Path, target: Path, profile: bytes | None = None) -> None:
    """Copy `source` to `target` without metadata. `profile`: an ICC profile to put in (not for GIF).

    Raises `Unusual`; then `target` may hold half a picture.
    """
    with source.open("rb") as file, target.open("wb") as out:
        if not source.stat().st_size:
            raise Unusual("empty")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            _STRIPPERS[kind](data, out, profile)


def can_strip(kind: Kind) -> bool:
    return kind in _STRIPPERS


def declared_size(kind: Kind, source: Path) -> tuple[int, int]:
    """Width and height as the first bytes say; (0, 0) where they do not. Viewers go by these.

    libvips does not always: it knows better about the screen of a GIF, and finds out by decoding.
    """
    with source.open("rb") as file:
        head = file.read(30)
    if kind == PNG:
        return int.from_bytes(head[16:20]), int.from_bytes(head[20:24])
    if kind == GIF:
        return int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")
    if kind == WEBP and head[12:16] == b"VP8X" and len(head) == 30:
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    return 0, 0


# JPEG: segments, each a marker and a length, with the entropy-coded scans between them.

_SCAN_END = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]", re.DOTALL)
_JPEG_KEPT = {0xC0, 0xC1, 0xC2, 0xC4, 0xDA, 0xDB, 0xDD}  # frames, tables, scans, restart interval
_JPEG_DROPPED = {*range(0xE0, 0xF0), 0xFE}  # applications and comments
_JFIF = bytes.fromhex("ffe0 0010 4a46494600 0101 00 0001 0001 00 00")


def _strip_jpeg(data: Bytes, out: BinaryIO, profile: bytes | None) -> None:
    out.write(b"\xff\xd8")
    at, told = 2, False
    while True:
        marker, body, after = _jpeg_segment(data, at)
        if marker == 0xD9:
            out.write(b"\xff\xd9")
            return
        if marker in _JPEG_DROPPED:
            out.write(_jpeg_colour_hint(marker, data[body:after]))
        elif marker in _JPEG_KEPT:
            if not told and profile:  # after JFIF and Adobe, which come first
                out.write(_jpeg_profile(profile))
            told = True
            end = after if marker != 0xDA else _jpeg_scan_end(data, after)
            out.write(bytes((0xFF, marker)) + data[body - 2 : end])
            after = end
        else:
            raise Unusual(f"JPEG marker {marker:02x}")
        at = after


def _jpeg_segment(data: Bytes, at: int) -> tuple[int, int, int]:
    """Marker, start and end of the body of the segment that starts at `at`."""
    if at + 2 > len(data) or data[at] != 0xFF:
        raise Unusual("JPEG ends early, or no marker where one should be")
    while data[at + 1] == 0xFF:  # fill bytes
        at += 1
        if at + 2 > len(data):
            raise Unusual("JPEG ends early")
    marker = data[at + 1]
    if marker == 0xD9:
        return marker, at + 2, at + 2
    length = int.from_bytes(data[at + 2 : at + 4])
    if length < 2 or at + 2 + length > len(data):
        raise Unusual("JPEG segment longer than the file")
    return marker, at + 4, at + 2 + length


def _jpeg_scan_end(data: Bytes, at: int) -> int:
    found = _SCAN_END.search(data, at)
    if found is None:
        raise Unusual("JPEG scan without end")
    return found.start()


def _jpeg_colour_hint(marker: int, body: bytes) -> bytes:
    """Two application segments say what the numbers mean; they are written anew, with nothing else in them."""
    if marker == 0xE0 and body.startswith(b"JFIF\0"):
        return _JFIF
    if marker == 0xEE and body.startswith(b"Adobe") and len(body) >= 12:
        return b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00" + body[11:12]
    return b""


def _jpeg_profile(profile: bytes) -> bytes:
    body = b"ICC_PROFILE\0\x01\x01" + profile
    return b"\xff\xe2" + (len(body) + 2).to_bytes(2) + body


# PNG: chunks of length, name, body, checksum.

_PNG_KEPT = {b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"cICP", b"sBIT", b"bKGD", b"IDAT"}
_PNG_COLOUR = {b"gAMA", b"cHRM", b"sRGB", b"cICP"}  # give way to a profile
_PNG_MOVING = {b"acTL", b"fcTL", b"fdAT"}
_PNG_LONG = {b"IDAT", b"fdAT"}
_PNG_SHORT_BYTES = 772  # 256 colours and a checksum, the most that any other kept chunk needs


def png_frames(source: Path) -> int:
    """How many frames an APNG announces; 1 for every other PNG. Reads chunk heads up to the pixels, no further.

    Raises `Unusual` for what is no PNG that far.
    """
    with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for name, body, _ in _png_chunks(data, checked=False):
            if name == b"acTL":
                return max(1, int.from_bytes(data[body : body + 4]))
            if name == b"IDAT":
                return 1
    raise Unusual("PNG without pixels")


def _strip_png(data: Bytes, out: BinaryIO, profile: bytes | None) -> None:
    out.write(data[:8])
    animation = _Animation()
    pixels = False
    for number, (name, body, after) in enumerate(_png_chunks(data)):
        if (number == 0) != (name == b"IHDR"):
            raise Unusual("PNG chunks out of order")
        pixels = pixels or name == b"IDAT"
        if name in _PNG_MOVING:
            animation.check(name, data[body : min(after - 4, body + 27)])
        elif name not in _PNG_KEPT and name not in {b"IHDR", b"IEND"}:
            if not name[0] & 0x20:
                raise Unusual("a critical PNG chunk that we do not know")
            continue
        if name not in _PNG_LONG and after - body > _PNG_SHORT_BYTES:
            raise Unusual("PNG chunk with more in it than belongs there")
        if profile and name in _PNG_COLOUR:
            continue
        out.write(data[body - 8 : after])
        if name == b"IHDR":
            animation.canvas = (
                int.from_bytes(data[body : body + 4]),
                int.from_bytes(data[body + 4 : body + 8]),
            )
            out.write(_png_profile(profile) if profile else b"")
    if not pixels:
        raise Unusual("PNG without pixels")
    animation.check_end()


def _png_chunks(data: Bytes, *, checked: bool = True) -> Iterator[tuple[bytes, int, int]]:
    """Name, start of the body, end of the chunk with its checksum, up to IEND."""
    at = 8
    while at + 12 <= len(data):
        length, name = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        after = at + 12 + length
        if checked and after > len(data):
            raise Unusual("PNG chunk longer than the file")
        if checked and zlib.crc32(memoryview(data)[at + 4 : after - 4]) != int.from_bytes(
            data[after - 4 : after]
        ):
            raise Unusual("PNG checksum wrong")
        yield name, at + 8, after
        if name == b"IEND":
            return
        at = after
    raise Unusual("PNG without end")


def _png_profile(profile: bytes) -> bytes:
    body = b"iCCPp\0\0" + zlib.compress(profile, 9)
    return (len(body) - 4).to_bytes(4) + body + zlib.crc32(body).to_bytes(4)


class _Animation:
    """The rules between the animation chunks of one PNG: numbered without gaps, frames inside the picture."""

    def __init__(self) -> None:
        self.canvas = (0, 0)
        self._announced = 0
        self._frames = 0
        self._next = 0

    def check(self, name: bytes, body: bytes) -> None:
        """`body`: the first 27 bytes of a chunk at most, one more than a frame's description has."""
        words = [int.from_bytes(body[at : at + 4]) for at in range(0, len(body) - 3, 4)]
        if name == b"acTL":
            if self._announced or len(body) != 8 or not words[0]:
                raise Unusual("APNG announced wrongly")
            self._announced = words[0]
            return
        if not self._announced or not words or words[0] != self._next:
            raise Unusual("APNG chunks out of order")
        self._next += 1
        if name == b"fcTL":
            if len(body) != 26 or not _inside(words[1], words[2], words[3], words[4], self.canvas):
                raise Unusual("APNG frame outside the picture")
            self._frames += 1

    def check_end(self) -> None:
        if self._frames != self._announced:
            raise Unusual("APNG with other frames than announced")


def _inside(width: int, height: int, x: int, y: int, canvas: tuple[int, int]) -> bool:
    return width > 0 and height > 0 and x + width <= canvas[0] and y + height <= canvas[1]


# GIF: blocks; images and extensions consist of sub-blocks, each with a length of one byte.

_GIF_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def _strip_gif(data: Bytes, out: BinaryIO, profile: bytes | None) -> None:
    if profile:
        raise Unusual("GIF has no place for a profile")
    at = 13 + _gif_table_bytes(_byte(data, 10))
    out.write(data[:at])
    control, frames = b"", 0
    while at < len(data):
        introducer = data[at]
        if introducer == 0x3B:
            break
        if introducer == 0x2C:
            end = _gif_blocks_end(data, at + 11 + _gif_table_bytes(_byte(data, at + 9)))
            out.write(control + data[at:end])
            control, frames = b"", frames + 1
        elif introducer == 0x21:
            end = _gif_blocks_end(data, at + 2)
            control, loop = _gif_extension(data[at : min(end, at + 20)], end - at, control)
            out.write(loop)
        else:
            raise Unusual("GIF block that does not exist")
        at = end
    if not frames:
        raise Unusual("GIF without images")
    out.write(b"\x3b")


def _gif_extension(head: bytes, length: int, control: bytes) -> tuple[bytes, bytes]:
    """What an extension leaves: the graphic control for the next image, and a loop count to write now."""
    if head[1] == 0xF9 and length == 8:
        return head[:8], b""
    if head[1] == 0xFF and length == 19 and head[3:14] in _GIF_LOOPS:
        return control, head[:19]
    if head[1] == 0x01:  # text that nobody draws; its control goes with it
        return b"", b""
    return control, b""


def _gif_table_bytes(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _gif_blocks_end(data: Bytes, at: int) -> int:
    """The first byte after a chain of sub-blocks."""
    while length := _byte(data, at):
        at += 1 + length
    return at + 1


def _byte(data: Bytes, at: int) -> int:
    if at >= len(data):
        raise Unusual("GIF ends early")
    return data[at]


# WebP: RIFF chunks of name, length, body, padded to even.

_WEBP_KEPT = {b"ANIM", b"ANMF", b"ALPH", b"VP8 ", b"VP8L"}
_WEBP_FRAME = {b"ALPH", b"VP8 ", b"VP8L"}
_WEBP_LEAST = {b"VP8X": 10, b"ANMF": 16}  # bytes
_WEBP_METADATA_FLAGS = 0x20 | 0x08 | 0x04  # profile, EXIF, XMP


def _strip_webp(data: Bytes, out: BinaryIO, profile: bytes | None) -> None:
    out.write(b"RIFF\0\0\0\0WEBP")
    size = int.from_bytes(data[4:8], "little") + 8
    if size > len(data):
        raise Unusual("WebP ends early")
    pixels, extended = False, False
    for name, body, end in _webp_chunks(data, 12, size):
        if end - body < _WEBP_LEAST.get(name, 0):
            raise Unusual("WebP chunk shorter than its fields")
        if name == b"VP8X":
            flags = data[body] & ~_WEBP_METADATA_FLAGS | (0x20 if profile else 0)
            out.write(_webp_chunk(name, bytes((flags,)) + data[body + 1 : end]))
            out.write(_webp_chunk(b"ICCP", profile) if profile else b"")
            extended = True
        elif name == b"ANMF":
            out.write(_webp_chunk(name, _webp_frame(data, body, end)))
        elif name in _WEBP_KEPT:
            out.write(_webp_chunk(name, data[body:end]))
        pixels = pixels or name in {b"ANMF", b"VP8 ", b"VP8L"}
    if not pixels or (profile and not extended):
        raise Unusual("WebP without pixels, or without a place for the profile")
    length = out.tell() - 8
    out.seek(4)
    out.write(length.to_bytes(4, "little"))


def _webp_frame(data: Bytes, body: int, end: int) -> bytes:
    """One frame of an animation: 16 bytes of place and time, then chunks of its own."""
    parts = [data[body : body + 16]]
    parts += [
        _webp_chunk(name, data[start:stop])
        for name, start, stop in _webp_chunks(data, body + 16, end)
        if name in _WEBP_FRAME
    ]
    return b"".join(parts)


def _webp_chunks(data: Bytes, at: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of the body of each chunk."""
    while at + 8 <= stop:
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + length > stop:
            raise Unusual("WebP chunk longer than the file")
        yield name, at + 8, at + 8 + length
        at += 8 + length + length % 2


def _webp_chunk(name: bytes, body: bytes) -> bytes:
    return name + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2)


_STRIPPERS: dict[Kind, Callable[[Bytes, BinaryIO, bytes | None], None]] = {
    JPEG: _strip_jpeg,
    PNG: _strip_png,
    GIF: _strip_gif,
    WEBP: _strip_webp,
}
