"""Backups of a small house without people, put into all kinds of trouble. With people: test_backup_server.py"""

import asyncio
import hashlib
import io
import os
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from unittest.mock import patch

import asyncpg
import pytest

from barbelo.cli.backup_archive import DUMP, HEAD, SUMS
from barbelo.cli.main import app
from barbelo.db.migrations.run import migrate
from barbelo.db.server import PostgresServer
from barbelo.kernel.errors import BarbeloError
from jobs_cast import until


def environment(data: Path, dsn: str = "") -> dict[str, str]:
    clean = {name: text for name, text in os.environ.items() if not name.startswith("BARBELO_")}
    ours = {"BARBELO_DATA_DIR": str(data), "BARBELO_URL": "https://social.test", "BARBELO_DATABASE_URL": dsn}
    return clean | ours


def done(*words: object, data: Path, dsn: str = "") -> str:
    """`barbelo WORDS`, in this process; what it printed."""
    printed = io.StringIO()
    with patch.dict(os.environ, environment(data, dsn), clear=True), redirect_stdout(printed):
        app([str(word) for word in words], result_action="return_value")
    return printed.getvalue()


def refused(*words: object, data: Path, dsn: str = "") -> str:
    """The sentence with which a command was refused."""
    with pytest.raises(BarbeloError) as caught:
        done(*words, data=data, dsn=dsn)
    return caught.value.message


@contextmanager
def temporary() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="bbl-", dir="/tmp"))  # short, for the socket's name
    yield made
    shutil.rmtree(made)


@pytest.fixture
def folder() -> Iterator[Path]:
    with temporary() as made:
        yield made


# A small house without a server, to be put into all kinds of trouble.

PICTURE = b"a picture that is none" * 1000
SECRET = b"0" * 64


class House:
    """A data folder with a database that runs, two rows and a few files."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.file = folder / "backup.tar"
        self.folder = folder
        digest = hashlib.sha256(PICTURE).hexdigest()
        self.picture = f"{digest[:2]}/{digest[2:4]}/{digest}.png"
        self._put(f"media/{self.picture}", PICTURE)
        self._put("media/.incoming/half", b"half")
        self._put("emoji/cats/blob cat.png", b"cat")
        self._put("secrets/session_key", SECRET)
        self.data.chmod(0o700)

    def _put(self, name: str, content: bytes) -> None:
        path = self.data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o600)

    def sql(self, *statements: str, dsn: str = "") -> list[asyncpg.Record]:
        async def run() -> list[asyncpg.Record]:
            connection = await asyncpg.connect(dsn or self.dsn)
            try:
                return [row for statement in statements for row in await connection.fetch(statement)]
            finally:
                await connection.close()

        return asyncio.run(run())

    def fill(self, dsn: str) -> None:
        self.dsn = dsn
        asyncio.run(migrate(dsn))
        self.sql(
            """insert into accounts (id, username, username_key, uri, url, created_at)
                values ('00000000-0000-0000-0000-000000000001', 'ä\\', 'ä\\', 'u', '', now())""",
            f"""insert into media (account_id, kind, mime, path, created_at)
                select id, 'image', 'image/png', '{self.picture}', now() from accounts""",
        )


@contextmanager
def lived_in(folder: Path) -> Iterator[House]:
    house = House(folder)
    with PostgresServer(house.data, fsync=False, say=lambda _: None) as server:
        house.fill(server.dsn)
        yield house


@pytest.fixture
def house(folder) -> Iterator[House]:
    with lived_in(folder) as house:
        yield house


@pytest.fixture(scope="module")
def model() -> Iterator[House]:
    """A house with a backup, for those who only look at it."""
    with temporary() as folder, lived_in(folder) as house:
        done("backup", house.file, data=house.data)
        yield house


@pytest.fixture
def backup(model, folder) -> Path:
    """A copy of the model's backup, to be spoilt."""
    return Path(shutil.copy2(model.file, folder / "backup.tar"))


@pytest.fixture
def new(folder) -> Path:
    return folder / "new"


def rows_in(data: Path) -> list[asyncpg.Record]:
    with PostgresServer(data, fsync=False, say=lambda _: None) as server:
        return House.sql(
            None, "select username, path from accounts join media on account_id = accounts.id", dsn=server.dsn
        )


def test_a_backup_is_for_its_owner_alone_and_can_be_read_with_common_tools(model, folder):
    backup = model.file
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with tarfile.open(backup) as tar:
        names = tar.getnames()
        tar.extractall(folder / "out", filter="data")
    assert names == [
        HEAD,
        DUMP,
        "secrets/session_key",
        "emoji/cats/blob cat.png",
        f"media/{model.picture}",
        SUMS,
    ]
    told = subprocess.run(["sha256sum", "-c", SUMS], cwd=folder / "out", check=False, capture_output=True)
    assert told.returncode == 0, told.stdout
    assert told.stdout.count(b": OK") == 5
    assert (folder / "out" / DUMP).read_bytes().startswith(b"PGDMP")
    assert list(model.folder.glob(".*")) == []


def test_what_is_restored_is_as_it_was_with_the_right_modes(model, backup, new):
    told = done("restore", backup, data=new)
    assert "as many as there were" in told
    assert [tuple(row) for row in rows_in(new)] == [("ä\\", model.picture)]
    assert (new / "media" / model.picture).read_bytes() == PICTURE
    assert (new / "emoji/cats/blob cat.png").read_bytes() == b"cat"
    assert (new / "secrets/session_key").read_bytes() == SECRET
    assert stat.S_IMODE((new / "secrets/session_key").stat().st_mode) == 0o600
    assert stat.S_IMODE((new / "secrets").stat().st_mode) == 0o700
    assert stat.S_IMODE((new / "media" / model.picture).stat().st_mode) == 0o640
    assert not (new / "media/.incoming").exists()
    left = {path.name for path in new.iterdir()} - {"postgres.lock", "log"}
    assert left == {"postgres", "media", "emoji", "secrets"}


def test_the_configuration_comes_along_and_is_not_put_into_force(house, new):
    (house.data / "barbelo.toml").write_text('[instance]\ntitle = "Ours"\n')
    done("backup", house.file, data=house.data)
    told = done("restore", house.file, data=new)
    assert "nothing reads that file" in told
    assert (new / "config-of-the-backup").read_text() == '[instance]\ntitle = "Ours"\n'
    assert not (new / "barbelo.toml").exists()


def test_a_backup_is_taken_also_when_no_server_runs(folder, new):
    with lived_in(folder) as house:
        pass
    done("backup", house.file, data=house.data)
    done("restore", house.file, data=new)
    assert len(rows_in(new)) == 1


def test_an_older_backup_is_replaced_and_another_file_is_not(model, backup, folder):
    first = backup.read_bytes()
    done("backup", backup, data=model.data)
    assert backup.read_bytes() != first  # it names another moment
    letter = folder / "letter.txt"
    letter.write_text("Dear")
    assert "left alone" in refused("backup", letter, data=model.data)
    assert letter.read_text() == "Dear"


def test_a_folder_that_holds_something_is_refused_and_with_force_moved_aside(backup, new):
    (new / "secrets").mkdir(parents=True)
    (new / "secrets" / "session_key").write_bytes(b"dear")
    assert "is not empty (there is secrets)" in refused("restore", backup, data=new)
    assert (new / "secrets" / "session_key").read_bytes() == b"dear"
    told = done("restore", backup, "--force", data=new)
    (aside,) = new.glob("replaced-*")
    assert str(aside) in told
    assert (aside / "secrets" / "session_key").read_bytes() == b"dear"
    assert (new / "secrets" / "session_key").read_bytes() == SECRET


def test_a_folder_that_is_served_is_refused_even_with_force(model, backup):
    assert "is in use by" in refused("restore", backup, "--force", data=model.data)
    assert model.sql("select 1 from accounts")


def damaged(backup: Path, change) -> Path:
    data = bytearray(backup.read_bytes())
    change(data)
    bad = backup.with_name("bad.tar")
    bad.write_bytes(data)
    return bad


@pytest.mark.parametrize("part", ["picture", "dump", "secret", "sums", "head"])
def test_one_wrong_bit_anywhere_is_found_before_anything_is_touched(model, backup, new, part):
    names = {"picture": f"media/{model.picture}", "dump": DUMP, "secret": "secrets/session_key", "sums": SUMS}
    with tarfile.open(backup) as tar:
        place = tar.getmember(names.get(part, HEAD)).offset_data + 5

    def flip(data):
        data[place] ^= 1

    bad = damaged(backup, flip)
    said = refused("restore", bad, data=new)
    assert "damaged in" in said or "cannot be read" in said
    assert {path.name for path in new.iterdir()} <= {"postgres.lock"}
    assert refused("backup", "--verify", bad, data=new)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, "all but the checksums"])
def test_a_backup_that_was_cut_off_is_refused(backup, new, share):
    with tarfile.open(backup) as tar:
        checksums = tar.getmember(SUMS).offset

    def cut(data):
        del data[int(len(data) * share) if isinstance(share, float) else checksums :]

    refused("restore", damaged(backup, cut), data=new)
    assert {path.name for path in new.iterdir()} <= {"postgres.lock"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../outside", tarfile.REGTYPE),
        ("media/../../outside", tarfile.REGTYPE),
        ("/tmp/outside", tarfile.REGTYPE),
        ("postgres/cluster/PG_VERSION", tarfile.REGTYPE),
        ("media/link", tarfile.SYMTYPE),
        ("media/link", tarfile.LNKTYPE),
        ("media/device", tarfile.CHRTYPE),
    ],
)
def test_a_backup_from_a_stranger_writes_nothing_outside_its_folders(backup, folder, new, name, kind):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, "/etc/passwd", 4 if kind == tarfile.REGTYPE else 0
    bad = folder / "bad.tar"
    with tarfile.open(backup) as old, tarfile.open(bad, "w", format=tarfile.GNU_FORMAT) as evil:
        head = old.getmember(HEAD)
        evil.addfile(head, old.extractfile(head))
        evil.addfile(info, io.BytesIO(b"evil"))
    said = refused("restore", bad, data=new)
    assert "impossible name" in said or "no file" in said
    assert {path.name for path in new.iterdir()} <= {"postgres.lock"}
    assert not (folder / "outside").exists()


def test_a_backup_of_a_newer_barbelo_is_refused(house, new):
    house.sql("update alembic_version set version_num = '9999'")
    done("backup", house.file, data=house.data)
    assert "newer than this one" in refused("restore", house.file, data=new)


def test_verify_finds_a_dump_that_lacks_rows(backup, folder):
    """A backup whose checksums are right and whose head promises more rows than the dump has."""
    bad = folder / "bad.tar"
    with tarfile.open(backup) as old, tarfile.open(bad, "w", format=tarfile.GNU_FORMAT) as new:
        sums = b""
        for info in old.getmembers():
            content = old.extractfile(info).read()
            if info.name == HEAD:
                content = content.replace(b'"accounts": 1', b'"accounts": 2')
            if info.name == SUMS:
                content = sums
            info.size = len(content)
            new.addfile(info, io.BytesIO(content))
            sums += f"{hashlib.sha256(content).hexdigest()}  {info.name}\n".encode()
    assert "accounts: 1 instead of 2" in refused("backup", "--verify", bad, data=folder / "data")


def test_verify_leaves_nothing_behind_and_touches_nothing(model, backup, folder, monkeypatch):
    temporary = folder / "tmp"
    temporary.mkdir(mode=0o755)
    monkeypatch.setenv("TMPDIR", str(temporary))
    before = sorted(model.data.iterdir())
    assert "The backup is good." in done("backup", "--verify", backup, data=model.data)
    assert list(temporary.iterdir()) == []
    assert sorted(model.data.iterdir()) == before


def test_files_that_the_server_had_lost_are_told(house):
    (house.data / "media" / house.picture).unlink()
    done("backup", house.file, data=house.data)
    assert "careful: 1 files that the database names" in done(
        "backup", "--verify", house.file, data=house.data
    )


def test_rows_and_counts_are_of_one_instant_while_rows_are_written(house):
    stop = threading.Event()

    async def write() -> None:
        connection = await asyncpg.connect(house.dsn)
        while not stop.is_set():
            await connection.execute(
                "insert into settings (key, updated_at) values (gen_random_uuid()::text, now())"
            )
            await connection.execute("delete from settings where random() < 0.3")
        await connection.close()

    writer = threading.Thread(target=lambda: asyncio.run(write()))
    writer.start()
    try:
        done("backup", house.file, data=house.data)
        assert "as many as there were" in done("backup", "--verify", house.file, data=house.data)
    finally:
        stop.set()
        writer.join()


async def a_lock_is_held(connection) -> bool:
    return await connection.fetchval("select count(*) > 0 from pg_locks where locktype = 'advisory'")


def test_the_store_is_not_swept_while_a_backup_is_taken(house):
    """The lock is there as long as pg_dump runs: it is seen while a table that pg_dump waits for is held."""

    async def run() -> bool:
        blocker = await asyncpg.connect(house.dsn)
        async with blocker.transaction():
            await blocker.execute("lock table tombstones in access exclusive mode")
            taking = asyncio.create_task(asyncio.to_thread(done, "backup", house.file, data=house.data))
            await until(lambda: a_lock_is_held(blocker))
            swept = await blocker.fetchval("select pg_try_advisory_xact_lock($1)", 0x62617263)
        await taking
        assert await blocker.fetchval("select pg_try_advisory_lock($1)", 0x62617263)
        await blocker.close()
        return swept

    assert asyncio.run(run()) is False


def test_a_backup_that_is_killed_leaves_the_older_one_whole(model, backup, folder):
    before = backup.read_bytes()
    process = subprocess.Popen(
        [sys.executable, "-m", "barbelo.cli.main", "backup", backup],
        env=environment(model.data),
        stdout=subprocess.DEVNULL,
    )
    beside = folder / ".backup.tar.part"
    deadline = time.monotonic() + 20
    while not beside.exists():
        assert time.monotonic() < deadline
        time.sleep(0.001)
    process.kill()
    process.wait()
    assert backup.read_bytes() == before
    done("backup", backup, data=model.data)
    assert not beside.exists()


# With a database elsewhere.


@pytest.fixture
def elsewhere(folder) -> Iterator[str]:
    """The address of a server that is not the data folder's own, and of an empty database in it."""
    with PostgresServer(folder / "elsewhere", fsync=False, say=lambda _: None) as server:
        yield server.dsn


def test_a_backup_moves_from_the_embedded_database_to_one_elsewhere_and_back(
    model, backup, folder, new, elsewhere
):
    done("restore", backup, data=new, dsn=elsewhere)
    assert not (new / "postgres").exists()
    assert (new / "media" / model.picture).exists()
    again = folder / "again.tar"
    done("backup", again, data=new, dsn=elsewhere)
    third = folder / "third"
    done("restore", again, data=third)
    assert [row["path"] for row in rows_in(third)] == [model.picture]


def test_a_database_elsewhere_that_holds_something_is_refused_even_with_force(model, backup, new, elsewhere):
    model.sql("create table dear (id int)", dsn=elsewhere)
    assert "is not empty (1 tables)" in refused("restore", backup, "--force", data=new, dsn=elsewhere)
    assert model.sql("select count(*) from dear", dsn=elsewhere)


DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
needs_15 = pytest.mark.skipif(not DEBIAN_15.exists(), reason="postgresql-15 is not installed")


@needs_15
def test_a_backup_of_an_older_postgresql_becomes_a_database_of_ours(folder, new):
    house = House(folder)
    with PostgresServer(house.data, bin_dir=DEBIAN_15, fsync=False, say=lambda _: None) as server:
        house.fill(server.dsn)
        done("backup", house.file, data=house.data)
    assert (house.data / "postgres/cluster/PG_VERSION").read_text() == "15\n"
    done("restore", house.file, data=new)
    assert int((new / "postgres/cluster/PG_VERSION").read_text()) > 15
    assert len(rows_in(new)) == 1


@needs_15
def test_a_backup_of_a_newer_postgresql_is_not_forced_into_an_older_one(backup, folder, new):
    with PostgresServer(folder / "elsewhere", bin_dir=DEBIAN_15, fsync=False, say=lambda _: None) as server:
        assert "which is older" in refused("restore", backup, data=new, dsn=server.dsn)
    assert {path.name for path in new.iterdir()} <= {"postgres.lock"}
