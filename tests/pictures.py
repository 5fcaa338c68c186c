"""Pictures for tests, made here: with secrets in their metadata, turned, moving, broken and hostile.

Pixels come from libvips; everything around them is put together by hand, byte by byte.
"""

import functools
import struct
import zlib
from pathlib import Path

import pyvips

CAMERA = b"SecretCamera"
SECRETS = (
    CAMERA,
    b"Exif",
    b"ns.adobe.com",
    b"Photoshop 3.0",
    b"SecretRemark",
    b"SecretProfile",
    b"SecretTail",
)
LATITUDE = struct.pack("<6I", 52, 1, 31, 1, 123_456_789, 10_000_000)

RED, GREEN, BLUE, WHITE = [255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]


def quarters(width: int, height: int):
    """Red, green, below them blue and white: one sees how it was turned."""
    left = pyvips.Image.black(width // 2, height // 2, bands=3)
    upper = (left + RED).join(
        pyvips.Image.black(width - width // 2, height // 2, bands=3) + GREEN, "horizontal"
    )
    lower = (pyvips.Image.black(width // 2, height - height // 2, bands=3) + BLUE).join(
        pyvips.Image.black(width - width // 2, height - height // 2, bands=3) + WHITE, "horizontal"
    )
    return upper.join(lower, "vertical").cast("uchar").copy(interpretation="srgb").copy_memory()


def photo(width: int, height: int):
    """Something with detail, as a camera sees it; the same every time."""
    bands = [
        pyvips.Image.perlin(width, height, cell_size=64, seed=seed) * 100
        + pyvips.Image.perlin(width, height, cell_size=8, seed=seed) * 20
        + 128
        for seed in (1, 2, 3)
    ]
    return bands[0].bandjoin(bands[1:]).cast("uchar").copy(interpretation="srgb").copy_memory()


def frames(count: int, width: int, height: int):
    """A filmstrip as libvips has it: one tall picture with a page height."""
    pages = [photo(width, height).wrap(x=number * 3) for number in range(count)]
    strip = pyvips.Image.arrayjoin(pages, across=1).copy()
    strip.set_type(pyvips.GValue.gint_type, "page-height", height)
    strip.set_type(pyvips.GValue.array_int_type, "delay", [50 + 10 * number for number in range(count)])
    strip.set_type(pyvips.GValue.gint_type, "loop", 3)
    return strip.copy_memory()


def exif(orientation: int = 1) -> bytes:
    """A TIFF block with a camera, an orientation and a place on Earth."""
    maker = CAMERA + b"\0"
    gps_at = 8 + 2 + 3 * 12 + 4
    texts_at = gps_at + 2 + 2 * 12 + 4
    ifd0 = struct.pack("<H", 3)
    ifd0 += struct.pack("<HHII", 0x010F, 2, len(maker), texts_at)
    ifd0 += struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    ifd0 += struct.pack("<HHII", 0x8825, 4, 1, gps_at) + b"\0\0\0\0"
    gps = struct.pack("<H", 2)
    gps += struct.pack("<HHI4s", 0x0001, 2, 2, b"N\0\0\0")
    gps += struct.pack("<HHII", 0x0002, 5, 3, texts_at + len(maker)) + b"\0\0\0\0"
    return b"II*\0\x08\0\0\0" + ifd0 + gps + maker + LATITUDE


def _segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def jpeg(image, orientation: int = 1, **options) -> bytes:
    """What a telephone writes: EXIF with GPS, XMP, IPTC, a remark, and a film behind the end."""
    plain = image.jpegsave_buffer(keep="none", **options)
    return (
        plain[:2]
        + _segment(0xE1, b"Exif\0\0" + exif(orientation))
        + _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>")
        + _segment(0xED, b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0\0\0\0\0")
        + _segment(0xFE, b"SecretRemark")
        + plain[2:]
        + b"\0\0\0\x18ftypmp42SecretTail"
    )


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 8
    while at < len(data):
        length = int.from_bytes(data[at : at + 4])
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def png(image, **options) -> bytes:
    """A PNG with text, time and EXIF in it, and something behind its end."""
    parts = png_chunks(image.pngsave_buffer(keep="none", **options))
    secrets = [
        (b"tEXt", b"Comment\0SecretRemark"),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0ns.adobe.com"),
        (b"tIME", bytes((7, 234, 1, 2, 3, 4, 5))),
        (b"eXIf", exif()),
        (b"prVt", b"SecretTail"),
    ]
    parts[1:1] = secrets
    return png_file(parts) + b"SecretTail"


def png_file(parts: list[tuple[bytes, bytes]]) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, body) for name, body in parts)


def apng(count: int, width: int, height: int) -> bytes:
    pages = [photo(width, height).wrap(x=number * 3) for number in range(count)]
    parts, number = [(b"acTL", struct.pack(">II", count, 0)), (b"tEXt", b"Comment\0SecretRemark")], 0
    for page, image in enumerate(pages):
        control = struct.pack(">IIIIIHHBB", number, width, height, 0, 0, 1, 10, 0, 0)
        parts.append((b"fcTL", control))
        number += 1
        for name, body in png_chunks(image.pngsave_buffer(keep="none")):
            if name == b"IDAT" and page:
                parts.append((b"fdAT", struct.pack(">I", number) + body))
                number += 1
            elif name == b"IDAT":
                parts.append((name, body))
    head = next(body for name, body in png_chunks(pages[0].pngsave_buffer(keep="none")) if name == b"IHDR")
    return png_file([(b"IHDR", head), *parts, (b"IEND", b"")])


def gif(count: int, width: int, height: int) -> bytes:
    """An animation with a remark, XMP and something behind its end."""
    strip = frames(count, width, height)
    plain = strip.gifsave_buffer() if count > 1 else photo(width, height).gifsave_buffer()
    table = 3 * 2 ** ((plain[10] & 7) + 1) if plain[10] & 0x80 else 0
    at = 13 + table
    remark = b"\x21\xfe\x0cSecretRemark\0"
    xmp = b"\x21\xff\x0bXMP DataXMPns.adobe.com\x01" + bytes(range(255, -1, -1)) + b"\0"
    return plain[:at] + remark + xmp + plain[at:] + b"SecretTail"


def webp_chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def webp(image, **options) -> bytes:
    """A WebP with EXIF and XMP, and something behind its end."""
    plain = image.webpsave_buffer(keep="none", **options)
    if plain[12:16] == b"VP8X":
        head, rest = bytes((plain[20] | 0x0C,)) + plain[21:30], plain[30:]
    else:
        alpha = 0x10 if image.hasalpha() else 0
        sides = (image.width - 1).to_bytes(3, "little") + (image.height - 1).to_bytes(3, "little")
        head, rest = bytes((0x0C | alpha, 0, 0, 0)) + sides, plain[12:]
    secrets = webp_chunk(b"EXIF", b"Exif\0\0" + exif()) + webp_chunk(b"XMP ", b"ns.adobe.com")
    body = b"WEBP" + webp_chunk(b"VP8X", head) + rest + secrets
    return b"RIFF" + struct.pack("<I", len(body)) + body + b"SecretTail"


def avif(image) -> bytes:
    """An AVIF with EXIF in it."""
    named = image.copy()
    named.set_type(pyvips.GValue.blob_type, "exif-data", b"Exif\0\0" + exif())
    return named.heifsave_buffer(compression="av1", Q=70, effort=0)


def png_bomb(width: int, height: int) -> bytes:
    """A header that promises a great deal, and a few bytes behind it."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return png_file([(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 100_000)), (b"IEND", b"")])


def leaks(path: Path) -> list[bytes]:
    """The secrets that are still in a file."""
    data = path.read_bytes()
    return [secret for secret in (*SECRETS, LATITUDE, LATITUDE[16:20]) if secret in data]


def pixels(data: bytes | Path, options: str = "") -> bytes:
    """All pixels of a picture, to be compared."""
    if isinstance(data, Path):
        data = data.read_bytes()
    return bytes(pyvips.Image.new_from_buffer(data, options).write_to_memory())


def colour(path: Path, x: float, y: float) -> list[int]:
    """The colour at a place given in parts of the sides, to the nearest of 0 and 255 in each band."""
    image = pyvips.Image.new_from_file(str(path))
    return [round(v / 255) * 255 for v in image.getpoint(int(image.width * x), int(image.height * y))]


MAKERS = {
    "jpeg": lambda: jpeg(photo(300, 200)),
    "png": lambda: png(photo(300, 200)),
    "webp": lambda: webp(photo(300, 200)),
    "avif": lambda: avif(photo(300, 200)),
    "gif": lambda: gif(1, 300, 200),
    "gif, moving": lambda: gif(5, 300, 200),
    "png, moving": lambda: apng(5, 300, 200),
    "webp, moving": lambda: webp(frames(5, 300, 200)),
}

KINDS = {name: functools.cache(make) for name, make in MAKERS.items()}
