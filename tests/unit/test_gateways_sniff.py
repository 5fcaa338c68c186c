"""What a file is, by its bytes alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbelo.gateways import sniff
from barbelo.gateways.sniff import find_kind, get_kind
from barbelo.kernel.errors import Invalid


def iso(major: bytes, *others: bytes) -> bytes:
    return (16 + 4 * len(others)).to_bytes(4) + b"ftyp" + major + b"\0\0\0\0" + b"".join(others) + b"\0" * 40


def ebml(name: bytes) -> bytes:
    return b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82" + bytes((0x80 + len(name),)) + name + b"\0" * 40


def ogg(packet: bytes) -> bytes:
    return b"OggS\0\x02" + b"\0" * 20 + b"\x01\x1e" + packet + b"\0" * 40


MP3_FRAME = b"\xff\xfb\x90\x64" + b"\0" * 413  # 128 kbit/s at 44100 Hz: 417 bytes
PNG_HEAD = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\x01"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", sniff.JPEG),
        (PNG_HEAD, sniff.PNG),
        (b"GIF87a\x01\x00", sniff.GIF),
        (b"GIF89a\x01\x00", sniff.GIF),
        (b"RIFF\x20\0\0\0WEBPVP8 ", sniff.WEBP),
        (iso(b"avif", b"mif1"), sniff.AVIF),
        (iso(b"avis", b"msf1"), sniff.AVIF),
        (iso(b"mif1", b"avif", b"miaf"), sniff.AVIF),
        (iso(b"mif1", b"heic"), sniff.HEIC),
        (iso(b"heix"), sniff.HEIC),
        (iso(b"mif1", b"miaf"), sniff.HEIF),
        (iso(b"isom", b"iso2", b"avc1", b"mp41"), sniff.MP4),
        (iso(b"mp42"), sniff.MP4),
        (iso(b"qt  "), sniff.QUICKTIME),
        (iso(b"M4A ", b"mp42", b"isom"), sniff.M4A),
        (ebml(b"webm"), sniff.WEBM),
        (ebml(b"matroska"), sniff.MATROSKA),
        (ogg(b"OpusHead\x01"), sniff.OPUS),
        (ogg(b"\x01vorbis"), sniff.OGG),
        (ogg(b"\x80theora"), sniff.OGG_VIDEO),
        (b"ID3\x04\0\0\0\0\x02\x01" + b"\0" * 20, sniff.MP3),
        (MP3_FRAME + MP3_FRAME, sniff.MP3),
        (b"fLaC\0\0\0\x22", sniff.FLAC),
        (b"RIFF\x20\0\0\0WAVEfmt ", sniff.WAV),
    ],
)
def test_each_accepted_kind_is_known_by_its_bytes(head, kind):
    assert find_kind(head) is kind
    assert kind.mime.startswith(kind.family.value)
    assert kind.suffix == f".{kind.extension}"


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"G",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<?xml version='1.0'?><svg/>",
        b"<!DOCTYPE html><html>",
        b"  \n<html><script>alert(1)</script>",
        b"\xef\xbb\xbf<html>",
        b"\xff\xfe<\0h\0t\0m\0l\0",  # UTF-16, whose mark looks a little like MPEG audio
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"II*\0\x08\0\0\0",  # TIFF
        b"BM\x36\0\0\0",
        b"\0\0\0\x0cjP  \r\n\x87\n",  # JPEG 2000
        b'{"@context":"https://www.w3.org/ns/activitystreams"}',
        b"#!/bin/sh\n",
        b"RIFF\x20\0\0\0AVI LIST",
        b"\x89PNG\r\n\x1a\n<html>",
        iso(b"crx "),
        b"\0\0\0\x08ftypmp42",  # a box too short to hold its brand
        ebml(b"html"),
        ogg(b"<html>  "),
        MP3_FRAME + b"<html>",
        b"ID3<html>" + b"\xff" * 8,
    ],
)
def test_everything_else_is_nothing(head):
    assert find_kind(head) is None


def test_a_name_decides_nothing(tmp_path):
    page = tmp_path / "cat.png"
    page.write_bytes(b"<html><script>alert(1)</script></html>")
    with pytest.raises(Invalid, match="File content type is invalid"):
        get_kind(page)
    picture = tmp_path / "page.html"
    picture.write_bytes(PNG_HEAD)
    assert get_kind(picture) is sniff.PNG


@given(st.binary(max_size=200))
def test_no_bytes_whatever_make_it_stumble(head):
    for start in (b"", b"\x1a\x45\xdf\xa3", b"OggS", b"\0\0\0\x20ftyp", b"ID3", b"\xff\xfb"):
        find_kind(start + head)


@given(st.text(max_size=300))
def test_no_text_is_taken_for_media(text):
    """Except one that begins with the letters of a format; a page or a script does not."""
    assert find_kind(("<" + text).encode("utf-8", "replace")) is None
