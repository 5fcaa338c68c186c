"""What a file is, told by its first bytes and never by its name or by what the sender called it.

An allow-list: whatever is not recognised here is not media. SVG, HTML, XML and everything else a
browser might run as a script can therefore never be told apart from plain rubbish, which is the point.
"""

import re
from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from barbelo.kernel.errors import Invalid

HEAD_BYTES = 4096  # enough for two frames of MP3 and for the brands of any MP4


class Family(StrEnum):
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"


class Kind(Struct, frozen=True):
    """One media type. `extension` has no dot; `suffix` has one."""

    mime: str
    extension: str
    family: Family

    @property
    def suffix(self) -> str:
        return f".{self.extension}"


JPEG = Kind("image/jpeg", "jpg", Family.IMAGE)
PNG = Kind("image/png", "png", Family.IMAGE)  # APNG too: clients know no other name for it
GIF = Kind("image/gif", "gif", Family.IMAGE)
WEBP = Kind("image/webp", "webp", Family.IMAGE)
AVIF = Kind("image/avif", "avif", Family.IMAGE)
HEIC = Kind("image/heic", "heic", Family.IMAGE)
HEIF = Kind("image/heif", "heif", Family.IMAGE)
MP4 = Kind("video/mp4", "mp4", Family.VIDEO)
QUICKTIME = Kind("video/quicktime", "mov", Family.VIDEO)
WEBM = Kind("video/webm", "webm", Family.VIDEO)
MATROSKA = Kind("video/x-matroska", "mkv", Family.VIDEO)
OGG_VIDEO = Kind("video/ogg", "ogv", Family.VIDEO)
M4A = Kind("audio/mp4", "m4a", Family.AUDIO)
OGG = Kind("audio/ogg", "ogg", Family.AUDIO)
OPUS = Kind("audio/ogg", "opus", Family.AUDIO)
MP3 = Kind("audio/mpeg", "mp3", Family.AUDIO)
FLAC = Kind("audio/flac", "flac", Family.AUDIO)
WAV = Kind("audio/wav", "wav", Family.AUDIO)


NO_MEDIA = "Validation failed: File content type is invalid, File is invalid"


def get_kind(path: Path) -> Kind:
    """The kind of a file on disk (reads 4 kB, blocking). Raises `Invalid` for what is not media.

    The sentence is Mastodon's. Source: reference/mastodon 6.
    """
    with path.open("rb") as file:
        kind = find_kind(file.read(HEAD_BYTES))
    if kind is None:
        raise Invalid(NO_MEDIA, field="file")
    return kind


def find_kind(head: bytes) -> Kind | None:
    """The kind that the first bytes of a file announce; the rest of it may still be rubbish."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(b"RIFF"):
        return {b"WEBP": WEBP, b"WAVE": WAV}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _find_in_brands(head)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return _find_in_ebml(head)
    if head.startswith(b"OggS"):
        return _find_in_ogg(head)
    return MP3 if _is_mp3(head) else None


_MAGIC = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"fLaC", FLAC),
)


def _find_in_brands(head: bytes) -> Kind | None:
    """ISO media: the major brand decides, then the compatible ones (ISO 14496-12, 4.3)."""
    length = int.from_bytes(head[:4])
    if not 16 <= length <= HEAD_BYTES or length % 4:
        return None
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, min(length, len(head)), 4))]
    if brands[0] in {b"mif1", b"msf1"}:  # "some picture": only the other brands say which
        return next((_BRANDS[b] for b in brands[1:] if b in _PICTURE_BRANDS), HEIF)
    return next((_BRANDS[brand] for brand in brands if brand in _BRANDS), None)


_BRANDS = {
    **dict.fromkeys((b"avif", b"avis"), AVIF),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), HEIC),
    **dict.fromkeys((b"M4A ", b"M4B "), M4A),
    b"qt  ": QUICKTIME,
    **dict.fromkeys((b"mp41", b"mp42", b"avc1", b"M4V ", b"M4VH", b"M4VP", b"MSNV", b"dash", b"isom"), MP4),
    **{b"iso%d" % version: MP4 for version in range(2, 10)},
}
_PICTURE_BRANDS = {brand for brand, kind in _BRANDS.items() if kind.family is Family.IMAGE}


def _find_in_ebml(head: bytes) -> Kind | None:
    """Matroska's DocType element (id 42 82, a one-byte length, the name)."""
    found = re.search(rb"\x42\x82([\x80-\x90])", head[:128])
    if found is None:
        return None
    name = head[found.end() : found.end() + found.group(1)[0] - 0x80].rstrip(b"\0")
    return {b"webm": WEBM, b"matroska": MATROSKA}.get(name)


def _find_in_ogg(head: bytes) -> Kind | None:
    """The first packet of the first page names the codec (RFC 3533, 6; RFC 5334)."""
    if len(head) < 28:
        return None
    packet = head[27 + head[26] :]
    return next((kind for magic, kind in _OGG_CODECS if packet.startswith(magic)), None)


_OGG_CODECS = (
    (b"OpusHead", OPUS),
    (b"\x01vorbis", OGG),
    (b"\x7fFLAC", OGG),
    (b"Speex   ", OGG),
    (b"\x80theora", OGG_VIDEO),
    (b"fishead\0", OGG_VIDEO),  # a skeleton: only films carry one
)


def _is_mp3(head: bytes) -> bool:
    """A sane ID3v2 tag, or two frames of MPEG layer III, the second where the first says it is."""
    if head.startswith(b"ID3"):
        return len(head) >= 10 and head[3] in {2, 3, 4} and all(byte < 0x80 for byte in head[6:10])
    length = _mp3_frame_bytes(head)
    return length > 0 and _mp3_frame_bytes(head[length:]) > 0


def _mp3_frame_bytes(head: bytes) -> int:
    """The length of the layer III frame that starts here, in bytes; 0 = no such frame."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:  # sync, and layer III
        return 0
    version, bitrate, rate = (head[1] >> 3) & 3, head[2] >> 4, (head[2] >> 2) & 3
    if version == 1 or bitrate in {0, 15} or rate == 3:
        return 0
    kbits = (_KBITS_1 if version == 3 else _KBITS_2)[bitrate - 1]
    hertz = (44100, 48000, 32000)[rate] >> (0 if version == 3 else 1 if version == 2 else 2)
    return (144 if version == 3 else 72) * kbits * 1000 // hertz + ((head[2] >> 1) & 1)


_KBITS_1 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBITS_2 = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
