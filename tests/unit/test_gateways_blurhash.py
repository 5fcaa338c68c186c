"""Blurhash: known answers, and a decoder of the test's own to look at what was said."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barbelo.gateways import blurhash

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"


def number(text: str) -> int:
    value = 0
    for letter in text:
        value = value * 83 + ALPHABET.index(letter)
    return value


def to_linear(value: int) -> float:
    return value / 255 / 12.92 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4


def to_srgb(value: float) -> int:
    value = min(1.0, max(0.0, value))
    return round((value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055) * 255)


def decode(text: str, width: int, height: int) -> list[tuple[int, int, int]]:
    """Written after Algorithm.md of woltapp/blurhash, sharing nothing with the encoder."""
    flag = number(text[0])
    across, down = flag % 9 + 1, flag // 9 + 1
    assert len(text) == 4 + 2 * across * down
    most = (number(text[1]) + 1) / 166
    first = number(text[2:6])
    waves = [tuple(to_linear(first >> shift & 255) for shift in (16, 8, 0))]
    for at in range(6, len(text), 2):
        steps = (
            number(text[at : at + 2]) // 361,
            number(text[at : at + 2]) // 19 % 19,
            number(text[at : at + 2]) % 19,
        )
        waves.append(tuple(math.copysign(((s - 9) / 9) ** 2, s - 9) * most for s in steps))

    def pixel(x, y):
        basis = [
            math.cos(math.pi * i * x / width) * math.cos(math.pi * j * y / height)
            for j in range(down)
            for i in range(across)
        ]
        return tuple(to_srgb(sum(b * w[c] for b, w in zip(basis, waves, strict=True))) for c in range(3))

    return [pixel(x, y) for y in range(height) for x in range(width)]


def solid(red: int, green: int, blue: int, count: int) -> bytes:
    return bytes((red, green, blue)) * count


@pytest.mark.parametrize(
    ("colour", "expected"),
    [((0, 0, 0), "000000"), ((255, 255, 255), "00TSUA"), ((255, 0, 0), "00TI:j"), ((0, 0, 255), "000036")],
)
def test_one_colour_is_its_own_hash(colour, expected):
    assert blurhash.encode(solid(*colour, 6), 3, 2, 1, 1) == expected


def gradient(width: int, height: int) -> bytes:
    return bytes(
        value
        for y in range(height)
        for x in range(width)
        for value in (x * 255 // width, y * 255 // height, (x * y * 7) % 256)
    )


@pytest.mark.parametrize(
    ("size", "waves", "expected"),
    [
        ((32, 24), (4, 3), "LxG[=:2owuX4l_WBjse.gGfhfPfi"),
        ((24, 32), (3, 4), "TxG+XS2pwul^WBjrgGfifPniWnjs"),
        ((32, 32), (4, 4), "UxG[[{2pwuX4l_WBjre.gGfhfRfiniWnjsfR"),
        (
            (20, 10),
            (9, 9),
            "|uGuq42mwtbWWms,SJs;SJu.R%jue?a~jJa~jJa}fyfPfTfTfSfRfOfNfPxVShjvfka_j;a{j@b0eTf9fSf5fOf6fTf9fPxpShjsfga~j]a}j;a_eUf9fOf5fTf6fOf7fTxtShjrfka~j;a{j^a_eAf9fPf9fRf5fTf5fS",
        ),
        ((1, 1), (4, 4), "U00000fQfQfQfQfQfQfQfQfQfQfQfQfQfQfQ"),
    ],
)
def test_the_letters_are_those_of_the_reference_encoder(size, waves, expected):
    """Made once with the C encoder of woltapp/blurhash (as packaged in blurhash-python 1.2.2)."""
    assert blurhash.encode(gradient(*size), *size, *waves) == expected


def test_what_is_decoded_looks_like_what_was_encoded():
    width, height = 32, 20
    smooth = bytes(v for y in range(height) for x in range(width) for v in (x * 8, 255 - x * 8, y * 12))
    seen = decode(blurhash.encode(smooth, width, height, 4, 4), width, height)
    errors = [
        abs(a - b)
        for pixel, at in zip(seen, range(0, len(smooth), 3), strict=True)
        for a, b in zip(pixel, smooth[at : at + 3], strict=True)
    ]
    assert sum(errors) / len(errors) < 12


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 32), st.integers(1, 32), st.integers(0, 2**32), st.integers(1, 9), st.integers(1, 9))
def test_any_pixels_give_a_hash_that_can_be_read(width, height, seed, across, down):
    pixels = random.Random(seed).randbytes(3 * width * height)
    hashed = blurhash.encode(pixels, width, height, across, down)
    assert len(decode(hashed, 2, 2)) == 4


@pytest.mark.parametrize(
    "arguments", [(b"", 0, 0), (b"123", 1, 2), (b"123", 1, 1, 0, 1), (b"123", 1, 1, 1, 10)]
)
def test_nonsense_is_refused(arguments):
    with pytest.raises(ValueError):
        blurhash.encode(*arguments)


def test_the_waves_follow_the_shape():
    assert blurhash.components(3, 2) == (4, 3)
    assert blurhash.components(2, 3) == (3, 4)
    assert blurhash.components(5, 5) == (4, 4)
