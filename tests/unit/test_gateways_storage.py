"""Files are kept under the name of their content, whole or not at all, and nowhere else."""

import errno
import hashlib
import os
import stat
import time

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbelo.gateways import storage as module
from barbelo.gateways.spool import spool, sweep, workshop
from barbelo.gateways.storage import DiskStorage, Storage
from barbelo.kernel.errors import NotFound, Overloaded, TooLarge


@pytest.fixture
def root(tmp_path):
    return tmp_path / "uploads"


@pytest.fixture
def storage(root) -> Storage:
    return DiskStorage(root)


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source"
    path.write_bytes(b"a cat" * 100_000)
    return path


async def read(storage, path, **part):
    return b"".join([chunk async for chunk in storage.read(path, **part)])


async def test_what_is_put_is_read_back_under_the_name_of_its_content(storage, source, root):
    sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
    kept = await storage.put(source, suffix=".png")
    assert kept.path == f"{sha256[:2]}/{sha256[2:4]}/{sha256}.png"
    assert (kept.sha256, kept.size_bytes) == (sha256, 500_000)
    assert await read(storage, kept.path) == source.read_bytes()
    assert await storage.exists(kept.path)
    assert await storage.size_bytes(kept.path) == 500_000
    assert storage.local_path(kept.path) == root / kept.path


async def test_a_part_is_read_exactly(storage, source):
    kept = await storage.put(source, suffix=".png")
    whole = source.read_bytes()
    for start, stop in [
        (0, 0),
        (0, 1),
        (3, 300_003),
        (262_143, 262_145),
        (499_999, 500_000),
        (499_999, None),
    ]:
        assert await read(storage, kept.path, start=start, stop=stop) == whole[start:stop]


async def test_twice_is_once_and_counts_as_new(storage, source, root):
    first = await storage.put(source, suffix=".png")
    os.utime(root / first.path, (1, 1))
    assert await storage.put(source, suffix=".png") == first
    assert (root / first.path).stat().st_mtime > time.time() - 60
    assert [listed.path async for listed in storage.iterate()] == [first.path]
    assert list((root / ".incoming").iterdir()) == []


async def test_many_at_once_with_the_same_content_all_succeed(storage, source):
    kept = []

    async def put():
        kept.append(await storage.put(source, suffix=".gif"))

    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(put)
    assert len(set(kept)) == 1
    assert await read(storage, kept[0].path) == source.read_bytes()


async def test_a_damaged_copy_of_another_size_is_replaced(storage, source, root):
    kept = await storage.put(source, suffix=".png")
    (root / kept.path).write_bytes(b"half")
    await storage.put(source, suffix=".png")
    assert await read(storage, kept.path) == source.read_bytes()


async def test_files_are_for_owner_and_group_only_whatever_the_umask(storage, source, root):
    before = os.umask(0)
    try:
        kept = await storage.put(source, suffix=".png")
    finally:
        os.umask(before)
    assert stat.S_IMODE((root / kept.path).stat().st_mode) == 0o640
    assert stat.S_IMODE((root / kept.path).parent.stat().st_mode) & 0o007 == 0


async def test_the_file_is_flushed_before_it_gets_its_name_and_the_folder_after(storage, source, monkeypatch):
    steps = []
    real_fsync, real_replace = os.fsync, module.Path.replace

    def fsync(descriptor):
        steps.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        real_fsync(descriptor)

    def replace(self, target):
        steps.append("rename")
        return real_replace(self, target)

    monkeypatch.setattr(module.os, "fsync", fsync)
    monkeypatch.setattr(module.Path, "replace", replace)
    await storage.put(source, suffix=".png")
    assert steps[0] == "file"
    assert steps[-2:] == ["rename", "folder"]
    assert steps.count("folder") == 3  # two new folders in their parents, then the new name


async def test_deleted_is_gone_and_deleting_twice_is_fine(storage, source):
    kept = await storage.put(source, suffix=".png")
    await storage.delete(kept.path)
    await storage.delete(kept.path)
    assert not await storage.exists(kept.path)
    with pytest.raises(NotFound):
        await read(storage, kept.path)
    with pytest.raises(NotFound):
        await storage.size_bytes(kept.path)


HASH = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "path",
    [
        "",
        "../etc/passwd",
        "/etc/passwd",
        f"01/23/../../../{HASH}.png",
        f"01/23/{HASH}.png/..",
        f"01/23/{HASH}",
        f"01/23/{HASH}.PNG",
        f"01/24/{HASH}.png",  # not the shard of this hash
        f"01/23/{HASH}.png\n",
        f"01/23/{HASH}.png\0",
        f"01\\23\\{HASH}.png",
        ".incoming/barbelo-x",
    ],
)
async def test_a_path_that_we_cannot_have_given_is_not_found(storage, path, source):
    await storage.put(source, suffix=".png")
    with pytest.raises(NotFound):
        storage.local_path(path)
    with pytest.raises(NotFound):
        await read(storage, path)
    with pytest.raises(NotFound):
        await storage.delete(path)
    assert await storage.exists(path) is False


@given(st.text(max_size=90))
def test_no_path_leads_out_of_the_folder(path):
    storage = DiskStorage(module.Path("/srv/uploads"))
    try:
        place = storage.local_path(path)
    except NotFound:
        return
    assert place.resolve().is_relative_to("/srv/uploads")


async def test_a_link_in_the_folder_is_not_followed(storage, source, root):
    kept = await storage.put(source, suffix=".png")
    secret = root.parent / "secret"
    secret.write_bytes(b"secret")
    (root / kept.path).unlink()
    (root / kept.path).symlink_to(secret)
    with pytest.raises(OSError):
        await read(storage, kept.path)
    assert [listed async for listed in storage.iterate()] == []


@pytest.mark.parametrize("suffix", ["", "png", ".", ".PNG", "./x", ".p/g", ".tar.gz", ".waytoolong"])
async def test_a_suffix_is_a_dot_and_a_few_letters(storage, source, suffix):
    with pytest.raises(ValueError):
        await storage.put(source, suffix=suffix)


async def test_walking_meets_every_file_once_in_order(storage, tmp_path, root):
    paths = set()
    for number in range(30):
        source = tmp_path / "n"
        source.write_bytes(str(number).encode())
        paths.add((await storage.put(source, suffix=".webp")).path)
    (root / "README").write_text("not ours")
    seen = [listed async for listed in storage.iterate()]
    assert [listed.path for listed in seen] == sorted(paths)
    assert all(listed.modified_at.tzinfo and listed.size_bytes for listed in seen)


async def test_walking_through_nothing_is_fine(tmp_path):
    assert [listed async for listed in DiskStorage(tmp_path / "absent").iterate()] == []


async def test_a_full_disk_is_no_room_and_leaves_nothing(storage, source, root, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", full)
    with pytest.raises(Overloaded):
        await storage.put(source, suffix=".png")
    monkeypatch.undo()
    assert list((root / ".incoming").iterdir()) == []
    assert [listed async for listed in storage.iterate()] == []


async def test_what_a_killed_process_left_behind_is_swept_when_it_is_old(storage, source, root):
    kept = await storage.put(source, suffix=".png")
    for name, age_s in [("barbelo-old", 7200), ("barbelo-new", 10)]:
        path = root / ".incoming" / name
        path.write_bytes(b"half a file")
        os.utime(path, (time.time() - age_s,) * 2)
    assert await storage.sweep(older_than_s=3600) == 1
    assert [path.name for path in (root / ".incoming").iterdir()] == ["barbelo-new"]
    assert await storage.exists(kept.path)


# Receiving


async def chunks(*parts):
    for part in parts:
        await anyio.lowlevel.checkpoint()
        yield part


async def test_what_comes_in_is_counted_and_hashed(tmp_path):
    parts = [b"a" * 700_000, b"", b"b" * 700_000, b"c"]
    got = await spool(chunks(*parts), 2_000_000, tmp_path / "new")
    assert got.path.read_bytes() == b"".join(parts)
    assert got.sha256 == hashlib.sha256(b"".join(parts)).hexdigest()
    assert got.size_bytes == 1_400_001
    assert stat.S_IMODE(got.path.stat().st_mode) == 0o600


async def test_exactly_the_limit_is_taken_and_one_byte_more_is_not(tmp_path):
    await spool(chunks(b"12345", b"67890"), 10, tmp_path)
    with pytest.raises(TooLarge):
        await spool(chunks(b"12345", b"67890", b"!"), 10, tmp_path)
    assert len(list(tmp_path.iterdir())) == 1


async def test_too_much_is_noticed_before_it_is_read(tmp_path):
    asked = []

    async def endless():
        while True:
            asked.append(1)
            yield b"x" * 1_000_000

    with pytest.raises(TooLarge):
        await spool(endless(), 2_500_000, tmp_path)
    assert len(asked) == 3


async def test_a_sender_who_goes_away_leaves_nothing(tmp_path):
    async def broken():
        yield b"x" * 3_000_000
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await spool(broken(), 5_000_000, tmp_path)

    async def stalled():
        yield b"x" * 3_000_000
        await anyio.sleep(60)

    with anyio.move_on_after(0.2):
        await spool(stalled(), 5_000_000, tmp_path)
    assert list(tmp_path.iterdir()) == []


async def test_a_workshop_is_gone_after_the_work(tmp_path):
    async def work():
        async with workshop(tmp_path / "new") as folder:
            (folder / "sub").mkdir()
            (folder / "sub" / "file").write_text("x")
            raise KeyError

    with pytest.raises(KeyError):
        await work()
    assert list((tmp_path / "new").iterdir()) == []


async def test_sweeping_touches_only_what_is_ours_and_old(tmp_path):
    for name in ("barbelo-a", "somebody-else"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").write_text("x")
        os.utime(tmp_path / name, (1, 1))
    (tmp_path / "barbelo-link").symlink_to(tmp_path / "somebody-else")
    assert await sweep(tmp_path, older_than_s=60) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["barbelo-link", "somebody-else"]
    assert await sweep(tmp_path / "absent", older_than_s=60) == 0
