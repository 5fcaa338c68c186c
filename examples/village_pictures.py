"""Small pictures drawn with nothing but Python: PNG is rows of colours, pressed by zlib."""

import math
import random
import struct
import zlib
from collections.abc import Callable

Colour = tuple[int, int, int]
Paint = Callable[[int, int], Colour]

EVENING = ((255, 214, 153), (244, 162, 125), (120, 110, 160))
DAY = ((186, 222, 245), (225, 238, 240), (250, 240, 214))
NIGHT = ((10, 14, 38), (22, 30, 66), (44, 52, 92))
GREENS = ((140, 176, 118), (98, 146, 90), (62, 108, 66))


def png(width: int, height: int, paint: Paint) -> bytes:
    """A PNG file; `paint` gives the colour at x, y."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)  # this row is not filtered
        for x in range(width):
            rows.extend(paint(x, y))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # eight bits each of red, green and blue
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", zlib.compress(rows))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def draw(what: str, seed: str, width: int = 480, height: int = 320) -> bytes:
    """One of `hills`, `river`, `houses` and `night`; each seed gives another one."""
    return png(width, height, _PAINTERS[what](random.Random(f"{what} {seed}"), width, height))


def portrait(seed: str, size: int = 128) -> bytes:
    """A pattern that is the same on both sides, as a sign for one person."""
    dice = random.Random(seed)
    back, front = _tint(dice.random(), 0.9), _tint(dice.random(), 0.45)
    cells = {(x, y) for x in range(4) for y in range(7) if dice.random() < 0.55}
    cell = size / 9

    def paint(x: int, y: int) -> Colour:
        column, row = int(x / cell) - 1, int(y / cell) - 1
        return front if (min(column, 6 - column), row) in cells else back

    return png(size, size, paint)


def _hills(dice: random.Random, width: int, height: int) -> Paint:
    sky = _sky(dice.choice((DAY, EVENING)), height)
    ridges = [_ridge(dice, width, height * (0.45 + 0.17 * row), height * 0.09) for row in range(3)]
    sun = (dice.randrange(width), int(height * 0.28), height // 12)
    sheep = {(dice.randrange(width) // 5, dice.randrange(int(height * 0.8), height) // 4) for _ in range(40)}

    def paint(x: int, y: int) -> Colour:
        for row in (2, 1, 0):
            if y > ridges[row][x]:
                return (245, 242, 230) if row == 2 and (x // 5, y // 4) in sheep else GREENS[row]
        return (255, 247, 214) if _within(x, y, sun) else sky[y]

    return paint


def _river(dice: random.Random, width: int, height: int) -> Paint:
    sky = _sky(dice.choice((DAY, EVENING)), height)
    far = _ridge(dice, width, height * 0.4, height * 0.06)
    sun = (dice.randrange(width), int(height * 0.25), height // 11)
    bend = dice.uniform(-0.3, 0.3)

    def paint(x: int, y: int) -> Colour:
        if y < far[x]:
            return (255, 247, 214) if _within(x, y, sun) else sky[y]
        depth = (y - height * 0.4) / (height * 0.6)  # 0 at the far bank, 1 at our feet
        middle = width * (0.5 + bend * math.sin(depth * 3))
        if abs(x - middle) > width * (0.08 + 0.36 * depth):
            return GREENS[1]
        glitter = math.sin(y * 0.9) + math.sin(x * 0.05 + y * 0.3) > 1.2
        return (214, 232, 240) if glitter else (84, 132, 168)

    return paint


def _houses(dice: random.Random, width: int, height: int) -> Paint:
    return _street(dice, width, height, _sky(EVENING, height), lit=0.6)


def _night(dice: random.Random, width: int, height: int) -> Paint:
    roofs = _street(dice, width, height, _sky(NIGHT, height), lit=0.15)
    stars = {(dice.randrange(width // 2), dice.randrange(height // 2)) for _ in range(160)}
    moon = (dice.randrange(width), height // 5, height // 14)
    shadow = (moon[0] + moon[2] // 2, moon[1] - moon[2] // 4, moon[2])
    dark = NIGHT[2]

    def paint(x: int, y: int) -> Colour:
        below = roofs(x, y)
        if below[0] > dark[0] + 20 or y > height * 0.75:
            return below
        if _within(x, y, moon) and not _within(x, y, shadow):
            return (250, 244, 210)
        return (236, 238, 250) if y < height // 2 and (x // 2, y // 2) in stars else below

    return paint


def _street(dice: random.Random, width: int, height: int, sky: list[Colour], *, lit: float) -> Paint:
    """A row of houses on dark ground; `lit` is the share of windows with light."""
    room = width // 6
    houses = [
        (int(height * dice.uniform(0.5, 0.66)), dice.uniform(0.5, 1.1), dice.random() < lit, dice.random())
        for _ in range(7)
    ]

    def paint(x: int, y: int) -> Colour:
        eaves, pitch, light, tint = houses[x // room]
        inside = x % room
        roof = eaves - int((room / 2 - abs(inside - room / 2)) * pitch)
        if y > height * 0.9:
            return (48, 46, 52)
        if y < roof or inside < 3:
            return sky[y]
        if y < eaves:
            return (112, 62, 58)
        window = room // 4 < inside % (room // 2) + room // 8 < room // 2 and 0 < y - eaves - 18 < 26
        if window:
            return (255, 221, 120) if light else (60, 58, 70)
        return tuple(int(part * 0.62) for part in _tint(tint, 0.8))  # type: ignore[return-value]

    return paint


_PAINTERS: dict[str, Callable[[random.Random, int, int], Paint]] = {
    "hills": _hills,
    "river": _river,
    "houses": _houses,
    "night": _night,
}


def _sky(colours: tuple[Colour, Colour, Colour], height: int) -> list[Colour]:
    """From the first colour at the top over the second to the third at two thirds of the height."""
    half = height / 3
    found = []
    for y in range(height):
        part = min(y / half, 2.0)
        low, high = (colours[0], colours[1]) if part < 1 else (colours[1], colours[2])
        found.append(_mix(low, high, part % 1 if part < 2 else 1.0))
    return found


def _mix(low: Colour, high: Colour, part: float) -> Colour:
    red, green, blue = (int(a + (b - a) * part) for a, b in zip(low, high, strict=True))
    return red, green, blue


def _ridge(dice: random.Random, width: int, height: float, swing: float) -> list[float]:
    """For each x the y of a soft line: two waves laid over each other."""
    first, second = dice.uniform(0, 6), dice.uniform(0, 6)
    return [
        height + swing * math.sin(first + x * 9 / width) + swing / 2 * math.sin(second + x * 23 / width)
        for x in range(width)
    ]


def _within(x: int, y: int, disc: tuple[int, int, int]) -> bool:
    return (x - disc[0]) ** 2 + (y - disc[1]) ** 2 < disc[2] ** 2


def _tint(turn: float, light: float) -> Colour:
    """A colour of the wheel: `turn` and `light` from 0 to 1."""
    wave = (0.5 + 0.5 * math.cos(2 * math.pi * (turn + third / 3)) for third in range(3))
    red, green, blue = (int(255 * light * (0.45 + 0.55 * part)) for part in wave)
    return red, green, blue
