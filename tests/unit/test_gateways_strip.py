"""Copying pictures part by part: what may stay stays bit for bit, everything else goes, nonsense is named so."""

import random
import struct
from pathlib import Path

import pytest
import pyvips
from hypothesis import given, settings
from hypothesis import strategies as st

import pictures
from barbelo.gateways.sniff import AVIF, GIF, JPEG, PNG, WEBP
from barbelo.gateways.strip import Unusual, can_strip, declared_size, png_frames, strip

WHOLE = {
    JPEG: pictures.jpeg(pictures.photo(80, 60)),
    PNG: pictures.png(pictures.photo(30, 20)),
    GIF: pictures.gif(2, 16, 16),
    WEBP: pictures.webp(pictures.frames(2, 32, 24)),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("strip")


def stripped(kind, data: bytes, folder: Path, profile: bytes | None = None) -> bytes:
    (folder / "from").write_bytes(data)
    strip(kind, folder / "from", folder / "to", profile)
    return (folder / "to").read_bytes()


@pytest.mark.parametrize("kind", WHOLE)
def test_stripping_twice_is_stripping_once(kind, place):
    once = stripped(kind, WHOLE[kind], place)
    assert stripped(kind, once, place) == once
    assert len(once) < len(WHOLE[kind])
    assert pictures.leaks(place / "to") == []


@pytest.mark.parametrize(
    "options",
    [{}, {"interlace": True}, {"restart_interval": 2}, {"subsample_mode": "off"}, {"optimize_coding": True}],
)
def test_every_way_to_write_a_jpeg_keeps_its_pixels(options, place):
    data = pictures.jpeg(pictures.photo(120, 90), **options)
    assert pictures.pixels(stripped(JPEG, data, place)) == pictures.pixels(data)


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"Q": 40}])
@pytest.mark.parametrize("alpha", [False, True])
def test_every_way_to_write_a_webp_keeps_its_pixels(options, alpha, place):
    image = pictures.photo(60, 40)
    data = pictures.webp(image.bandjoin(pictures.photo(60, 40)[0]) if alpha else image, **options)
    out = stripped(WEBP, data, place)
    assert pictures.pixels(out) == pictures.pixels(data)
    assert int.from_bytes(out[4:8], "little") == len(out) - 8


@pytest.mark.parametrize("options", [{}, {"interlace": True}, {"palette": True}, {"bitdepth": 16}])
def test_every_way_to_write_a_png_keeps_its_pixels(options, place):
    image = pictures.photo(40, 30)
    deep = (image.cast("ushort") * 257).copy(interpretation="rgb16") if "bitdepth" in options else image
    data = pictures.png(deep, **options)
    assert pictures.pixels(stripped(PNG, data, place)) == pictures.pixels(data)


def test_a_jpeg_thumbnail_goes_with_its_segment_and_the_colour_hints_stay(place):
    data = pictures.photo(32, 32).jpegsave_buffer(keep="none")
    thumbnail = b"\xff\xe0\x00\x13JFIF\0\x01\x02\x01\x00\x48\x00\x48\x01\x01ABC"
    adobe = b"\xff\xee\x00\x12Adobe\0\x64\x80\0\0\0\x01Tail"
    data = data[:2] + thumbnail + adobe + data[2:]
    out = stripped(JPEG, data, place)
    assert out.startswith(
        b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xee\x00\x0eAdobe"
    )
    assert b"ABC" not in out
    assert b"Tail" not in out
    assert pictures.pixels(out) == pictures.pixels(data)


@pytest.mark.parametrize("kind", [JPEG, PNG, WEBP])
def test_a_profile_that_is_put_in_is_found_there(kind, place):
    profile = pyvips.Operation.call("profile_load", "p3")
    out = stripped(kind, WHOLE[kind], place, profile)
    assert pyvips.Image.new_from_buffer(out, "").get("icc-profile-data") == profile


def test_where_a_profile_has_no_place_it_is_not_lost_silently(place):
    plain_webp = pictures.photo(20, 20).webpsave_buffer(keep="none")
    assert plain_webp[12:16] == b"VP8 "
    for kind, data in ((GIF, WHOLE[GIF]), (WEBP, plain_webp)):
        with pytest.raises(Unusual):
            stripped(kind, data, place, b"profile")


def test_a_gif_that_lost_its_last_byte_gets_it_back(place):
    out = stripped(GIF, WHOLE[GIF], place)
    assert stripped(GIF, out[:-1], place) == out


def frame(number: int, *, size=(8, 8), at=(0, 0)) -> tuple[bytes, bytes]:
    return b"fcTL", struct.pack(">IIIIIHHBB", number, *size, *at, 1, 10, 0, 0)


HEAD = (b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0))
PIXELS, MORE, END = (b"IDAT", b"x"), (b"fdAT", struct.pack(">I", 2) + b"x"), (b"IEND", b"")
TWO = (b"acTL", struct.pack(">II", 2, 0))


def test_a_well_built_moving_png_passes(place):
    good = pictures.png_file([HEAD, TWO, frame(0), PIXELS, frame(1), MORE, END])
    assert stripped(PNG, good, place) == good
    assert png_frames(place / "from") == 2


@pytest.mark.parametrize(
    "parts",
    [
        [TWO, HEAD, PIXELS, END],  # the head is not first
        [HEAD, HEAD, PIXELS, END],
        [HEAD, END],  # no pixels
        [HEAD, PIXELS],  # no end
        [HEAD, (b"EVIL", b""), PIXELS, END],  # critical, unknown
        [HEAD, (b"gAMA", b"x" * 1000), PIXELS, END],  # more than belongs there
        [HEAD, frame(0), PIXELS, END],  # a frame of no animation
        [HEAD, TWO, TWO, frame(0), PIXELS, frame(1), MORE, END],
        [HEAD, TWO, frame(0), PIXELS, END],  # one frame missing
        [HEAD, TWO, frame(0), PIXELS, frame(3), MORE, END],  # numbered wrongly
        [HEAD, TWO, frame(0), PIXELS, frame(1, size=(9, 8)), MORE, END],  # larger than the picture
        [HEAD, TWO, frame(0), PIXELS, frame(1, at=(1, 0)), MORE, END],  # beside the picture
        [HEAD, TWO, frame(0), PIXELS, frame(1, size=(0, 8)), MORE, END],
        [HEAD, TWO, frame(0), PIXELS, (b"fcTL", frame(1)[1] + b"!"), MORE, END],
        [HEAD, (b"acTL", struct.pack(">II", 0, 0)), PIXELS, END],
        [HEAD, TWO, frame(0), PIXELS, frame(1), (b"fdAT", b""), END],
    ],
)
def test_a_badly_built_png_is_named_so(parts, place):
    with pytest.raises(Unusual):
        stripped(PNG, pictures.png_file(parts), place)


def test_a_wrong_checksum_is_noticed(place):
    data = bytearray(WHOLE[PNG])
    data[data.index(b"IDAT") + 6] ^= 1
    with pytest.raises(Unusual):
        stripped(PNG, bytes(data), place)


def test_the_first_bytes_tell_the_size(place):
    for kind, size in ((PNG, (30, 20)), (GIF, (16, 16)), (WEBP, (32, 24)), (JPEG, (0, 0))):
        (place / "from").write_bytes(WHOLE[kind])
        assert declared_size(kind, place / "from") == size
        (place / "from").write_bytes(WHOLE[kind][:5])
        assert declared_size(kind, place / "from") == (0, 0)


def test_avif_has_no_stripper():
    assert not can_strip(AVIF)
    assert all(can_strip(kind) for kind in WHOLE)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(list(WHOLE)), st.integers(0, 2**32))
def test_whatever_is_changed_it_is_copied_or_named_unusual_and_nothing_leaks(place, kind, seed):
    """Bytes flipped, cut out and doubled at random, mostly in the structure at the beginning."""
    dice, data = random.Random(seed), bytearray(WHOLE[kind])
    for _ in range(dice.randint(1, 6)):
        at = (
            min(int(dice.expovariate(0.01)), len(data) - 1)
            if dice.random() < 0.7
            else dice.randrange(len(data))
        )
        match dice.randrange(4):
            case 0 | 1:
                data[at] = dice.choice((0, 1, 0x20, 0x7F, 0x80, 0xFF, dice.randrange(256)))
            case 2:
                del data[at : at + dice.randint(1, 40)]
            case 3:
                data[at:at] = data[at : at + dice.randint(1, 40)]
    try:
        out = stripped(kind, bytes(data), place)
    except Unusual:
        return
    assert b"SecretTail" not in out


NAMES = [b"acTL", b"fcTL", b"fdAT", b"IDAT", b"tEXt", b"PLTE", b"gAMA", b"IEND", b"eXIf"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.binary(max_size=30)), max_size=8))
def test_whatever_chunks_a_png_has_with_right_checksums_it_is_copied_or_named_unusual(place, parts):
    try:
        out = stripped(PNG, pictures.png_file([HEAD, *parts, END]), place)
    except Unusual:
        return
    assert {name for name, _ in pictures.png_chunks(out)} <= {
        b"IHDR",
        b"IDAT",
        b"PLTE",
        b"gAMA",
        b"IEND",
        b"acTL",
        b"fcTL",
        b"fdAT",
    }
