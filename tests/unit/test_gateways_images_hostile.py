"""Pictures that are broken, lie or attack, and the processes that hold out against them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import anyio
import pytest

import pictures
from barbelo.gateways import picture, sniff
from barbelo.gateways.images import Images
from barbelo.kernel.errors import Invalid, Overloaded, TooLarge


@pytest.fixture(scope="module")
async def images():
    async with Images(width=1) as shared:
        yield shared


@pytest.fixture
def put(tmp_path):
    """Write bytes to a file and say what it is."""

    def write(data: bytes, name: str = "upload"):
        path = tmp_path / name
        path.write_bytes(data)
        return path, sniff.get_kind(path)

    return write


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "made"
    made.mkdir()
    return made


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
@pytest.mark.parametrize("make", pictures.KINDS.values(), ids=pictures.KINDS.keys())
async def test_a_file_that_ends_early_is_refused(images, put, folder, make, part):
    whole = make()
    end = whole.rfind(b"SecretTail") if whole.endswith(b"SecretTail") else len(whole)
    upload, kind = put(whole[: int(end * part)])
    with pytest.raises(Invalid) as caught:
        await images.attachment(upload, kind, folder)
    assert not isinstance(caught.value, TooLarge)


def gif_screen(width: int, height: int) -> bytes:
    small = pictures.gif(1, 4, 4)
    return small[:6] + width.to_bytes(2, "little") + height.to_bytes(2, "little") + small[10:]


def webp_canvas(side: int) -> bytes:
    whole = pictures.webp(pictures.frames(2, 8, 8))
    return whole[:24] + (side - 1).to_bytes(3, "little") * 2 + whole[30:]


def jpeg_size(width: int, height: int) -> bytes:
    whole = pictures.photo(64, 64).jpegsave_buffer(keep="none")
    at = whole.index(b"\xff\xc0") + 5
    return whole[:at] + height.to_bytes(2) + width.to_bytes(2) + whole[at + 4 :]


def avif_size(image, side: int) -> bytes:
    whole = pictures.avif(image)
    at = whole.index(b"ispe") + 8
    return whole[:at] + side.to_bytes(4) * 2 + whole[at + 8 :]


@pytest.mark.parametrize(
    "bomb",
    [
        lambda: pictures.png_bomb(60_000, 60_000),
        lambda: pictures.png_bomb(65_600, 1),
        lambda: gif_screen(65_535, 65_535),
        lambda: webp_canvas(16_000),
        lambda: jpeg_size(60_000, 60_000),
        lambda: avif_size(pictures.photo(64, 64), 60_000),
    ],
)
async def test_a_bomb_is_refused_by_its_header_before_anything_is_decoded(put, folder, bomb):
    upload, kind = put(bomb())
    async with Images(width=1) as fresh:
        for work in (
            fresh.inspect(upload, kind),
            fresh.attachment(upload, kind, folder),
            fresh.avatar(upload, kind, folder),
        ):
            with pytest.raises(TooLarge, match="pixels"):
                await work
        peak_kb = peak(fresh._children.pids[0])
    assert peak_kb < 60_000
    assert list(folder.iterdir()) == []


async def test_a_header_that_lies_helps_nobody(images, put, folder):
    upload, kind = put(avif_size(pictures.photo(1000, 800), 100))
    with pytest.raises(Invalid):
        await images.attachment(upload, kind, folder)


def peak(pid: int) -> int:
    """The most memory (kB, resident) that a process ever had."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


async def test_the_limit_of_pixels_can_be_set(put, folder):
    upload, kind = put(pictures.KINDS["jpeg"]())
    async with Images(width=1, max_pixels=300 * 200) as just_enough:
        await just_enough.attachment(upload, kind, folder)
    async with Images(width=1, max_pixels=300 * 200 - 1) as one_less:
        with pytest.raises(TooLarge):
            await one_less.inspect(upload, kind)


async def test_an_animation_of_too_many_frames_is_refused(images, put, folder):
    one = pictures.gif(1, 4, 4)
    at = one.index(b"\x2c\0\0\0\0")
    frame = one[at : one.rindex(b"\x3b", 0, one.rindex(b"SecretTail"))]
    upload, kind = put(one[:at] + frame * (picture.MAX_FRAMES + 1) + b"\x3b")
    with pytest.raises(TooLarge, match="frames"):
        await images.attachment(upload, kind, folder)


async def test_an_animation_of_too_many_pixels_is_refused(images, put, folder):
    upload, kind = put(gif_screen(4000, 4000).replace(b"SecretTail", b""))
    assert (await images.inspect(upload, kind)).frames == 1  # a still one of this size is fine
    two = pictures.gif(2, 4, 4)
    upload, kind = put(two[:6] + (4000).to_bytes(2, "little") * 2 + two[10:])
    with pytest.raises(TooLarge, match="pixels"):
        await images.attachment(upload, kind, folder)


PAGE = b"<html><script>alert(document.cookie)</script></html>"


@pytest.mark.parametrize(
    "data",
    [
        b"GIF89a" + PAGE * 20,
        b"GIF89a=0;/*" + PAGE + b"*/",
        b"\xff\xd8\xff" + PAGE * 20,
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR" + PAGE * 20,
        b"RIFF\xff\0\0\0WEBP" + PAGE * 20,
        b"\0\0\0\x18ftypavif\0\0\0\0mif1avif" + PAGE * 20,
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + PAGE * 20,
    ],
)
async def test_a_page_behind_the_first_bytes_of_a_picture_is_refused(images, put, folder, data):
    upload, kind = put(data, "innocent.png")
    for work in (images.inspect, images.attachment, images.avatar):
        with pytest.raises(Invalid):
            await (work(upload, kind) if work == images.inspect else work(upload, kind, folder))


@pytest.mark.parametrize("make", pictures.KINDS.values(), ids=pictures.KINDS.keys())
async def test_a_page_behind_a_real_picture_does_not_come_along(images, put, folder, make):
    upload, kind = put(make() + PAGE)
    made = await images.attachment(upload, kind, folder)
    assert b"script" not in made.original.path.read_bytes()


async def test_a_decoder_is_chosen_by_what_was_sniffed_and_by_nothing_else(images, put, folder):
    upload, _ = put(pictures.KINDS["png"]())
    with pytest.raises(Invalid):
        await images.attachment(upload, sniff.JPEG, folder)


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
        pictures.photo(9, 9).tiffsave_buffer(),
        b"P6 1 1 255 abc",
    ],
)
@pytest.mark.parametrize("kind", [sniff.PNG, sniff.JPEG, sniff.GIF, sniff.WEBP, sniff.AVIF])
async def test_other_formats_have_no_decoder_whatever_they_are_called(images, tmp_path, folder, data, kind):
    upload = tmp_path / "upload"
    upload.write_bytes(data)
    with pytest.raises(Invalid):
        await images.attachment(upload, kind, folder)


@pytest.mark.parametrize("kind", [sniff.MP4, sniff.WEBM, sniff.MP3, sniff.WAV])
async def test_videos_and_sounds_are_refused_in_plain_words(images, tmp_path, folder, kind):
    with pytest.raises(Invalid, match="Videos and sounds"):
        await images.attachment(tmp_path / "x", kind, folder)


# The process that does it


async def test_a_process_that_sees_no_picture_does_not_load_the_library():
    code = "import sys; import barbelo.gateways.images; print('pyvips' in sys.modules)"
    ran = await anyio.run_process([sys.executable, "-c", code])
    assert ran.stdout.strip() == b"False"


async def test_a_picture_that_takes_too_long_is_given_up(put, folder):
    upload, kind = put(pictures.avif(pictures.photo(2000, 1500)))
    async with Images(width=1, time_limit_s=0.15) as hasty:
        started = time.monotonic()
        with pytest.raises(Invalid, match="too long"):
            await hasty.attachment(upload, kind, folder)
        assert time.monotonic() - started < 2
        assert hasty._children.pids == []


async def test_a_child_that_is_killed_at_work_costs_nothing_but_time(put, folder):
    upload, kind = put(pictures.avif(pictures.photo(1600, 1200)))
    async with Images(width=1) as images, anyio.create_task_group() as tasks:
        await images.inspect(upload, kind)
        pid = images._children.pids[0]

        async def kill():
            await anyio.sleep(0.1)
            os.kill(pid, signal.SIGKILL)

        tasks.start_soon(kill)
        made = await images.attachment(upload, kind, folder)
        assert made.original.width == 1600
        assert images._children.pids != [pid]


async def test_too_many_pictures_at_once_are_refused_at_once(put, folder):
    upload, kind = put(pictures.avif(pictures.photo(1600, 1200)))
    async with Images(width=1, queue=0) as images, anyio.create_task_group() as tasks:
        tasks.start_soon(images.attachment, upload, kind, folder)
        await anyio.sleep(0.05)
        with anyio.fail_after(0.2), pytest.raises(Overloaded):
            await images.inspect(upload, kind)


def test_the_child_is_confined_before_it_sees_a_picture():
    code = (
        "import os, resource; from barbelo.gateways import image_child as c; c._confine()\n"
        "print(resource.getrlimit(resource.RLIMIT_AS)[0] == c.MEMORY_BYTES, os.nice(0) >= c.NICENESS, os.umask(0) == 0o077)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["True", "True", "True"]
