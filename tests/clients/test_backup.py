"""A backup, taken while people write, and everything that there was when it was taken is there again."""

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
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import asyncpg
import pytest

from barbelo.cli.backup_archive import DUMP, HEAD, SUMS
from barbelo.db.migrations.run import migrate
from barbelo.db.server import PostgresServer
from clients.server import Server, bearer, good, signed_up
from jobs_cast import until
from pictures import png, quarters

PASSWORD = "a long enough password"


def barbelo(*words: object, data: Path, dsn: str = "") -> subprocess.CompletedProcess[str]:
    clean = {name: text for name, text in os.environ.items() if not name.startswith("BARBELO_")}
    ours = {"BARBELO_DATA_DIR": str(data), "BARBELO_URL": "https://social.test", "BARBELO_DATABASE_URL": dsn}
    return subprocess.run(
        [sys.executable, "-m", "barbelo.cli.main", *map(str, words)],
        env=clean | ours,
        cwd=data.parent,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )


def done(*words: object, data: Path, dsn: str = "") -> str:
    """What a command printed that must go well."""
    result = barbelo(*words, data=data, dsn=dsn)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def refused(*words: object, data: Path, dsn: str = "") -> str:
    """What a command said that must be refused in a sentence."""
    result = barbelo(*words, data=data, dsn=dsn)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    return result.stderr


@contextmanager
def temporary() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="bbl-", dir="/tmp"))  # short, for the socket's name
    yield made
    shutil.rmtree(made)


@pytest.fixture
def folder() -> Iterator[Path]:
    with temporary() as made:
        yield made


# A whole server, with people who write.


def test_everything_that_was_there_when_the_backup_was_taken_is_there_again(own_server, folder):
    file = folder / "backup.tar"
    own_server.start()
    with own_server.client() as client:
        token = signed_up(client, "alice", PASSWORD)
        picture = uploaded(client, token)
        before = [
            posted(client, token, f"before {number}", picture if number == 0 else None) for number in range(5)
        ]
    emoji = Path(own_server.environment["BARBELO_DATA_DIR"]) / "emoji" / "cats" / "blob.png"
    emoji.parent.mkdir(parents=True)
    emoji.write_bytes(png(quarters(64, 48)))
    own_server.cli("emoji", "reload")
    with Scribe(own_server, token) as scribe:
        told = own_server.cli("backup", str(file))
        assert "database:" in told
        scribe.until_more()
    assert "The backup is good." in own_server.cli("backup", "--verify", str(file))
    facts = told_of(own_server, token, before)
    own_server.stop()

    same_address = {name: own_server.environment[name] for name in ("BARBELO_URL", "BARBELO_LISTEN")}
    fresh = Server(**same_address)
    fresh.url = own_server.url
    try:
        assert "Restored." in fresh.cli("restore", str(file))
        fresh.start()
        assert told_of(fresh, token, before) == facts
        with fresh.client() as client:
            ids = {status["id"] for status in everything(client, token)}
            assert set(before) | set(scribe.answered_before) <= ids
            posted(client, token, "life goes on")
    finally:
        fresh.__exit__()


class Scribe(threading.Thread):
    """Writes one status after the other, until its block ends."""

    def __init__(self, server: Server, token: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self._server = server
        self._token = token
        self._enough = threading.Event()

    def run(self) -> None:
        with self._server.client() as client:
            while not self._enough.is_set():
                self.ids.append(posted(client, self._token, f"meanwhile {len(self.ids)}"))

    def __enter__(self) -> Self:
        self.start()
        self.until_more()
        self.answered_before = list(self.ids)
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self.join()

    def until_more(self) -> None:
        """Until something has been written since now."""
        count = len(self.ids)
        deadline = time.monotonic() + 10
        while len(self.ids) <= count:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def uploaded(client, token) -> str:
    files = {"file": ("sea.png", png(quarters(64, 48)), "image/png")}
    return good(client.post("/api/v2/media", files=files, headers=bearer(token)))["id"]


def posted(client, token, text, media_id=None) -> str:
    wish = {"status": text, "visibility": "public"} | ({"media_ids[]": media_id} if media_id else {})
    return good(client.post("/api/v1/statuses", data=wish, headers=bearer(token)))["id"]


def everything(client, token) -> list[dict]:
    me = good(client.get("/api/v1/accounts/verify_credentials", headers=bearer(token)))["id"]
    found, page = [], {"limit": 40}
    while statuses := good(client.get(f"/api/v1/accounts/{me}/statuses", params=page, headers=bearer(token))):
        found += statuses
        page["max_id"] = statuses[-1]["id"]
    return found


def told_of(server, token, ids) -> dict:
    """What a server says of some statuses, with the bytes of their pictures and its emoji."""
    with server.client() as client:
        statuses = [good(client.get(f"/api/v1/statuses/{id_}", headers=bearer(token))) for id_ in ids]
        media = [one["url"] for status in statuses for one in status["media_attachments"]]
        emojis = good(client.get("/api/v1/custom_emojis"))
        assert media
        assert emojis
        urls = media + [one["url"] for one in emojis]
        bytes_of = {url: hashlib.sha256(fetched(client, url)).hexdigest() for url in urls}
    for status in statuses:
        status["account"].pop("statuses_count")
        status["account"].pop("last_status_at", None)
    return {"statuses": statuses, "emojis": emojis, "bytes": bytes_of}


def fetched(client, url) -> bytes:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content


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
    result = barbelo("backup", house.file, data=house.data)
    assert result.returncode == 0, result.stderr
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
    clean = {name: text for name, text in os.environ.items() if not name.startswith("BARBELO_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "barbelo.cli.main", "backup", backup],
        env=clean | {"BARBELO_DATA_DIR": str(model.data)},
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
