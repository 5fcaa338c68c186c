"""Bodies over a real socket: large ones cost no memory, too large ones are refused at once."""

import asyncio
import resource
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from msgspec import Struct

from barbelo.http.body import ReadingLimits
from barbelo.http.context import Ctx
from barbelo.http.door import DoorLimits
from barbelo.http.routes import post
from barbelo.http.uploads import Upload
from door_app import app_of

MEGABYTE = 1_000_000


class File(Struct):
    file: Upload
    description: str = ""


class Got(Struct):
    name: str
    size: int
    description: str
    folder: str


@post("/api/v1/media", auth="none", params=File)
async def media(_: Ctx, new: File) -> Got:
    assert new.file.path.stat().st_size == new.file.size_bytes
    return Got(new.file.filename, new.file.size_bytes, new.description, str(new.file.path.parent))


@post("/api/v1/statuses", params=File)
async def for_people(_: Ctx, new: File) -> int:
    return new.file.size_bytes


async def until(happened: Callable[[], bool]) -> None:
    while not happened():  # noqa: ASYNC110 - neither the server nor the disk rings a bell
        await asyncio.sleep(0.01)


def files_in(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir()]


@asynccontextmanager
async def served(folder: Path, file_bytes: int = 400 * MEGABYTE) -> AsyncIterator[httpx.AsyncClient]:
    limits = DoorLimits(reading=ReadingLimits(file_bytes=file_bytes, folder=folder))
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        app_of(media, for_people, limits=limits), log_level="warning", lifespan="off", ws="none"
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve([listening]))
    port = listening.getsockname()[1]
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False
        ) as client:
            await until(lambda: server.started)
            yield client
    finally:
        server.should_exit = True
        await task
        listening.close()


def head_of(name: str) -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()


KIND = {"content-type": "multipart/form-data; boundary=b"}


async def pieces(megabytes: int, sent: list[int]) -> AsyncIterator[bytes]:
    yield head_of("big.bin")
    for _ in range(megabytes):
        sent[0] += 1
        yield b"\r\n-x" * (MEGABYTE // 4)
    yield b"\r\n--b--\r\n"


def peak_kilobytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


async def test_a_large_file_is_never_in_memory(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        await client.post("/api/v1/media", content=pieces(2, [0]), headers=KIND)
        before = peak_kilobytes()
        answer = await client.post("/api/v1/media", content=pieces(150, [0]), headers=KIND)
        grown = peak_kilobytes() - before
    assert answer.json() == {
        "name": "big.bin",
        "size": 150 * MEGABYTE,
        "description": "",
        "folder": str(tmp_path),
    }
    assert grown < 40_000  # kilobytes, and the client is in this process as well
    assert files_in(tmp_path) == []


async def test_a_length_that_is_too_large_is_refused_before_the_first_byte(tmp_path: Path) -> None:
    async with served(tmp_path, file_bytes=MEGABYTE) as client:
        began = time.monotonic()
        reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
        writer.write(
            b"POST /api/v1/media HTTP/1.1\r\nHost: x\r\nContent-Length: 300000000\r\n"
            b"Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        )
        assert (await reader.readline()).startswith(b"HTTP/1.1 413")
        assert time.monotonic() - began < 0.5
        writer.close()


async def stubborn(client: httpx.AsyncClient, path: str) -> tuple[bytes, int]:
    """Sends 300 MB in pieces, but looks up now and then: the answer's first line, and the MB sent until then."""
    reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n".encode())
    writer.write(b"Content-Type: multipart/form-data; boundary=b\r\n\r\n")
    answer, sent = asyncio.create_task(reader.readline()), [0]
    async for piece in pieces(300, sent):
        writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        await writer.drain()
        await asyncio.sleep(0.001)
        if answer.done():
            break
    writer.close()
    return await answer, sent[0]


async def test_without_a_length_it_is_counted(tmp_path: Path) -> None:
    async with served(tmp_path, file_bytes=2 * MEGABYTE) as client:
        answer, sent = await stubborn(client, "/api/v1/media")
    assert answer.startswith(b"HTTP/1.1 413")
    assert sent < 50
    assert files_in(tmp_path) == []


async def test_a_client_that_never_looks_up_is_cut_off(tmp_path: Path) -> None:
    sent = [0]
    async with served(tmp_path, file_bytes=2 * MEGABYTE) as client:
        with pytest.raises((httpx.WriteError, httpx.ReadError)):
            await client.post("/api/v1/media", content=pieces(300, sent), headers=KIND)


@pytest.mark.parametrize("size", [10 * MEGABYTE])
async def test_ten_megabytes_of_json_are_refused_quickly(tmp_path: Path, size: int) -> None:
    async with served(tmp_path) as client:
        began = time.monotonic()
        answer = await client.post(
            "/api/v1/media", content=b"[" * size, headers={"content-type": "application/json"}
        )
        assert time.monotonic() - began < 1
        assert answer.status_code == 413
        assert "error" in answer.json()


async def test_a_stranger_uploads_nothing_where_people_are_asked(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        answer, sent = await stubborn(client, "/api/v1/statuses")
    assert answer.startswith(b"HTTP/1.1 403")
    assert sent < 50


@pytest.mark.parametrize(
    ("name", "kept"),
    [("a.png", "a.png"), ("../../etc/passwd", "../../etc/passwd"), ("C:\\\\x\\\\a.png", "a.png")],
)
async def test_a_file_name_is_only_a_claim(tmp_path: Path, name: str, kept: str) -> None:
    content = head_of(name) + b"x\r\n--b--\r\n"
    async with served(tmp_path) as client:
        got: dict[str, Any] = (await client.post("/api/v1/media", content=content, headers=KIND)).json()
    assert (got["name"], got["size"], got["folder"]) == (kept, 1, str(tmp_path))


async def test_a_body_that_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        _, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
        writer.write(
            b"POST /api/v1/media HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n"
            b"Content-Type: multipart/form-data; boundary=b\r\n\r\n" + head_of("a") + b"x" * 400_000
        )
        await writer.drain()
        async with asyncio.timeout(5):
            await until(lambda: bool(files_in(tmp_path)))
            writer.close()
            await until(lambda: not files_in(tmp_path))
