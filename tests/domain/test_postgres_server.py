"""The embedded PostgreSQL: how it is made, whose it is, who may have it, and what it makes of what lies about."""

import asyncio
import contextlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from barbelo.db.server import (
    AlreadyRunning,
    PostgresFailed,
    PostgresServer,
    borrowed,
    copies,
    log,
    owner,
    running_dsn,
)
from barbelo.db.server.binaries import Binaries, find_binaries
from barbelo.db.server.owner import Owner

ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not ROOT, reason="changes users, which only root can do")
DEBIAN = Path("/usr/lib/postgresql/15/bin")
WHEEL_16 = find_binaries().folder.parent.parent / "pginstall" / "bin"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path that every user can come to; pytest's own temporary folders are closed and long."""
    made = Path(tempfile.mkdtemp(prefix="bbl-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def data(folder: Path) -> Path:
    return folder / "data"


def quick(data: Path, **more) -> PostgresServer:
    """A server that need not survive a power cut."""
    return PostgresServer(data, fsync=False, say=lambda _: None, **more)


def fetch(dsn: str, sql: str, *args: object) -> list[asyncpg.Record]:
    async def run() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetch(sql, *args)
        finally:
            await connection.close()

    return asyncio.run(run())


def value(dsn: str, sql: str) -> object:
    return fetch(dsn, sql)[0][0]


def somebody(*without: int) -> Owner:
    """A normal user of this machine who is not root and none of `without`."""
    for entry in pwd.getpwall():
        if entry.pw_uid not in {0, *without}:
            return Owner(entry.pw_uid, entry.pw_gid, entry.pw_name)
    pytest.skip("this machine has no second user")


def as_user(who: Owner, deed: Callable[[], None]) -> bool:
    """Do something in a fork that has become another user; true when it raised nothing."""
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(who.gid)
            os.setuid(who.uid)
            deed()
        except BaseException as error:  # noqa: BLE001 -- a fork must not come back
            os.write(2, f"{error!r}\n".encode())
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


# What is made


def test_a_new_cluster_is_durable_utf8_checksummed_and_ordered_by_code_point(data):
    with PostgresServer(data, say=lambda _: None) as server:
        shown = {
            row["name"]: row["setting"] for row in fetch(server.dsn, "select name, setting from pg_settings")
        }
        database = fetch(server.dsn, "select * from pg_database where datname = current_database()")[0]
    assert [shown[name] for name in ("fsync", "synchronous_commit", "full_page_writes")] == ["on"] * 3
    assert shown["data_checksums"] == "on"
    assert (shown["server_encoding"], shown["listen_addresses"], shown["jit"]) == ("UTF8", "", "off")
    assert database["datlocprovider"] == b"b"
    assert database["datlocale"] == "C.UTF-8"


def test_letters_beyond_ascii_have_two_cases_and_are_found(data):
    with quick(data) as server:
        assert value(server.dsn, "select lower('ÄÖÜ')") == "äöü"
        assert (
            value(
                server.dsn, "select to_tsvector('simple', 'Straße Ω') @@ to_tsquery('simple', 'straße & ω')"
            )
            is True
        )


def test_the_applications_role_is_no_superuser_and_owns_its_database(data):
    with quick(data) as server:
        role = fetch(
            server.dsn, "select rolname, rolsuper, rolcreatedb from pg_roles where rolname = current_user"
        )[0]
        assert tuple(role) == ("barbelo", False, True)
        fetch(server.dsn, "create table t (id int)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            fetch(server.dsn, "copy t to program 'true'")


def test_the_socket_and_the_cluster_are_closed_to_others(data):
    with quick(data):
        assert stat.S_IMODE((data / "postgres" / ".s.PGSQL.5432").stat().st_mode) == 0o700
        for name in (".", "postgres", "postgres/cluster", "log"):
            assert stat.S_IMODE((data / name).stat().st_mode) == 0o700


def test_what_was_written_is_there_after_a_restart(data):
    with quick(data) as server:
        fetch(server.dsn, "create table t as select 7 as id")
    with quick(data) as server:
        assert value(server.dsn, "select id from t") == 7


def test_a_clean_stop_leaves_no_process_and_no_socket(data):
    with quick(data) as server:
        pid = server.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    assert children
    assert not [one for one in [str(pid), *children] if Path("/proc", one).exists()]
    assert not list((data / "postgres").glob(".s.*"))
    assert server.poll() == 0


# Who may have it


def test_a_second_server_for_the_same_folder_is_refused_and_told_who_has_it(data):
    with quick(data), pytest.raises(AlreadyRunning, match=f"process {os.getpid()}") as refusal:
        quick(data).start()
    assert refusal.value.pid == os.getpid()


def test_a_running_server_can_be_found_and_a_stopped_one_not(data):
    assert running_dsn(data) is None
    with quick(data) as server:
        assert running_dsn(data) == server.dsn
    assert running_dsn(data) is None


def test_a_command_borrows_the_running_server_or_starts_one_for_itself(data):
    with borrowed(quick(data)) as dsn:
        assert value(dsn, "select 1") == 1
    assert running_dsn(data) is None
    with quick(data) as server:
        with borrowed(quick(data)) as dsn:
            assert dsn == server.dsn
        assert server.poll() is None


def test_a_start_outside_the_main_thread_is_refused(data):
    refusals = []

    def start() -> None:
        try:
            quick(data).start()
        except RuntimeError as error:
            refusals.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in str(refusals[0])


def test_settings_are_the_administrators_but_for_the_walls(data):
    with quick(data, shared_buffers_mb=16, settings={"work_mem": "3MB"}) as server:
        assert (value(server.dsn, "show work_mem"), value(server.dsn, "show shared_buffers")) == (
            "3MB",
            "16MB",
        )
    for wish in ("listen_addresses", "unix_socket_directories", "fsync"):
        with pytest.raises(PostgresFailed, match=wish):
            quick(data, settings={wish: "x"}).start()


def test_a_start_that_fails_repeats_what_postgresql_said_and_lets_the_folder_go(data):
    with pytest.raises(PostgresFailed, match="work_mem"):
        quick(data, settings={"work_mem": "a lot"}).start()
    with quick(data) as server:
        assert value(server.dsn, "select 1") == 1


def test_the_log_stays_small_and_postgresql_goes_on_writing_it(data, monkeypatch):
    with quick(data, settings={"log_statement": "all"}) as server:
        fetch(server.dsn, "select 'first'")
        monkeypatch.setattr(log, "LIMIT_BYTES", 1)
        server.poll()
        monkeypatch.undo()
        fetch(server.dsn, "select 'second'")
        now = (data / "log" / "postgres.log").read_text()
        older = (data / "log" / "postgres.log.1").read_text()
    assert "'first'" in older
    assert "'first'" not in now
    assert "'second'" in now
    assert "\0" not in now


def test_what_people_wrote_does_not_reach_the_log(data):
    with quick(data) as server:
        fetch(server.dsn, "create table t (word text primary key)")
        for _ in range(2):
            with contextlib.suppress(asyncpg.UniqueViolationError):
                fetch(server.dsn, "insert into t values ($1)", "a secret")
        assert "t_pkey" in (data / "log" / "postgres.log").read_text()
        assert "secret" not in (data / "log" / "postgres.log").read_text()


def test_a_link_in_the_folders_place_is_an_error_and_not_a_traceback(data):
    data.mkdir()
    (data / "postgres").symlink_to("nowhere")
    with pytest.raises(PostgresFailed, match="Cannot start PostgreSQL"):
        quick(data).start()


# What lies about


def test_a_stale_pid_file_whose_number_is_now_another_program_does_not_matter(data):
    with quick(data) as server:
        kept = (data / "postgres" / "cluster" / "postmaster.pid").read_text()
    holder = owner.choose_owner(data, data / "postgres" / "cluster")
    change = {"user": holder.uid, "group": holder.gid} if ROOT else {}
    with subprocess.Popen(["sleep", "60"], **change) as stranger:
        for name, mode in (("cluster/postmaster.pid", 0o600), (".s.PGSQL.5432.lock", 0o600)):
            path = data / "postgres" / name
            path.write_text(kept.replace(str(kept.split()[0]), str(stranger.pid), 1))
            path.chmod(mode)
            if ROOT:
                os.chown(path, holder.uid, holder.gid)
        with quick(data) as server:
            assert value(server.dsn, "select 1") == 1
        assert stranger.poll() is None
        stranger.kill()


def test_a_first_start_that_was_killed_is_begun_anew(data):
    half = data / "postgres" / "cluster.new" / "base"
    half.mkdir(parents=True)
    (half / "1").write_text("half a database")
    with quick(data) as server:
        assert value(server.dsn, "select 1") == 1
    assert not half.parent.exists()


def test_a_database_of_a_version_that_is_not_here_is_refused_by_name(data):
    cluster = data / "postgres" / "cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("12\n")
    with pytest.raises(PostgresFailed, match=r"made by PostgreSQL 12.*Install PostgreSQL 12"):
        quick(data).start()


def test_something_else_in_the_clusters_place_is_left_alone(data):
    precious = data / "postgres" / "cluster" / "holiday.jpg"
    precious.parent.mkdir(parents=True)
    precious.write_text("sea")
    with pytest.raises(PostgresFailed, match="PG_VERSION"):
        quick(data).start()
    assert precious.read_text() == "sea"


def test_a_database_made_by_another_version_gets_that_versions_programs(data):
    with quick(data, bin_dir=WHEEL_16) as server:
        made_by = value(server.dsn, "show server_version_num")
    with quick(data) as server:
        assert value(server.dsn, "show server_version_num") == made_by
        assert str(made_by).startswith("16")


@pytest.mark.skipif(not DEBIAN.is_dir(), reason="Debian's postgresql-15 is not installed")
def test_debians_postgresql_15_serves_as_well(data):
    with quick(data, bin_dir=DEBIAN) as server:
        assert str(value(server.dsn, "show server_version")).startswith("15.")
        assert value(server.dsn, "select datcollate from pg_database where datname = 'barbelo'") == "C.UTF-8"
        assert value(server.dsn, "select lower('Ä')") == "ä"


# Paths


def test_a_very_long_path_is_served_by_a_short_private_link(folder):
    data = folder / "/".join(["x" * 60] * 6) / "data"
    with quick(data) as server:
        link = Path(server.dsn.partition("host=")[2].partition("&")[0])
        assert len(os.fsencode(link / ".s.PGSQL.5432")) <= 107
        assert stat.S_IMODE(link.parent.stat().st_mode) == 0o700
        assert value(server.dsn, "select 1") == 1
        assert running_dsn(data) == server.dsn
        link.unlink()
        link.parent.rmdir()  # as tidiers of temporary folders do
        server.poll()
        assert value(server.dsn, "select 2") == 2
    assert not link.parent.exists()


def test_a_short_link_left_by_a_killed_server_is_used_again(folder):
    data = folder / ("y" * 120) / "data"
    server = quick(data)
    first = server.start()
    facts = (data / "postgres.lock").read_text()
    server.stop()
    link = Path(first.partition("host=")[2].partition("&")[0])
    link.parent.mkdir(mode=0o700)
    (data / "postgres.lock").write_text(facts)  # what kill -9 leaves
    with quick(data) as again:
        assert again.dsn == first


# Whose it is


@needs_root
def test_root_runs_it_as_a_smaller_user_without_opening_any_folder(folder):
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    data = closed / "data"
    with quick(data) as server:
        assert value(server.dsn, "select 1") == 1
        smaller = Path(f"/proc/{server.pid}").stat().st_uid
        assert pwd.getpwuid(smaller).pw_name in owner.SYSTEM_USERS
    assert (data / "postgres" / "cluster").stat().st_uid == smaller
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert (data.stat().st_uid, stat.S_IMODE(data.stat().st_mode)) == (0, 0o700)


@needs_root
def test_root_runs_it_as_the_data_folders_owner(folder):
    who = somebody(pwd.getpwnam("nobody").pw_uid)
    data = folder / "data"
    data.mkdir(mode=0o700)
    os.chown(data, who.uid, who.gid)
    with quick(data) as server:
        assert Path(f"/proc/{server.pid}").stat().st_uid == who.uid
        fetch(server.dsn, "create table t as select 1 as id")
    assert {path.stat().st_uid for path in data.rglob("*")} == {who.uid}

    def start_it_oneself() -> None:
        with quick(data) as server:
            assert server.pid is not None

    assert as_user(who, start_it_oneself)


@needs_root
def test_an_owner_without_a_name_is_no_obstacle_for_root(folder):
    data = folder / "data"
    data.mkdir(mode=0o700)
    os.chown(data, 54321, 54321)
    with quick(data) as server:
        assert Path(f"/proc/{server.pid}").stat().st_uid not in {0, 54321}


@needs_root
def test_a_restored_folder_that_is_all_roots_is_handed_over(data):
    with quick(data) as server:
        fetch(server.dsn, "create table t as select 3 as id")
    subprocess.run(["chown", "-R", "root:root", data], check=True)
    with quick(data) as server:
        assert value(server.dsn, "select id from t") == 3


@needs_root
def test_a_normal_user_serves_their_own_folder_and_gets_a_way_out_at_anothers(folder):
    who = somebody()
    other = somebody(who.uid)
    data = folder / "data"
    data.mkdir(mode=0o700)
    os.chown(data, who.uid, who.gid)

    def start() -> None:
        with quick(data) as server:
            assert server.pid is not None

    def refused() -> None:
        for deed in (quick(data).start, lambda: running_dsn(data)):
            with pytest.raises(PostgresFailed, match="chown"):
                deed()

    assert as_user(who, start)
    assert as_user(other, refused)


@needs_root
def test_a_normal_user_does_not_take_a_cluster_that_is_anothers(folder):
    who = somebody()
    cluster = folder / "postgres" / "cluster"
    cluster.mkdir(parents=True)

    def choose() -> None:
        with pytest.raises(PostgresFailed, match="belongs to root"):
            owner.choose_owner(folder, cluster)

    assert as_user(who, choose)


# Programs out of reach


@pytest.fixture
def closed_wheel(folder: Path) -> Binaries:
    """The wheel's programs in a virtualenv that only root can enter."""
    here = find_binaries()
    prefix = here.folder.parent
    libraries = prefix.parent.with_name(prefix.parent.name + ".libs")
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    copy = closed / prefix.parent.name / prefix.name
    shutil.copytree(prefix, copy, ignore=shutil.ignore_patterns("include", "*.a"))
    shutil.copytree(libraries, closed / libraries.name)
    return here._replace(folder=copy / "bin")


@needs_root
@pytest.mark.parametrize("place", ["beside the data", "in the cache"])
def test_programs_out_of_reach_are_copied_once(folder, closed_wheel, monkeypatch, place):
    monkeypatch.setattr(copies, "CACHE", folder / "cache")
    monkeypatch.setattr("barbelo.db.server.postgres.find_binaries", lambda *_: closed_wheel)
    (folder / "cache").mkdir(mode=0o755)
    data = folder / "data"
    data.mkdir(mode=0o755 if place == "beside the data" else 0o700)
    expected = data / "postgres" if place == "beside the data" else folder / "cache" / "barbelo"
    with quick(data) as server:
        assert (
            Path(f"/proc/{server.pid}/exe")
            .readlink()
            .is_relative_to(expected / f"bin-{closed_wheel.version}")
        )
        assert value(server.dsn, "select to_tsvector('english', 'walking')::text") == "'walk':1"
    before = (expected / f"bin-{closed_wheel.version}").stat().st_mtime_ns
    (data / "postgres" / "bin-18.1" / "bin").mkdir(parents=True)  # before an update
    with quick(data):
        assert (expected / f"bin-{closed_wheel.version}").stat().st_mtime_ns == before
    if place == "beside the data":
        assert not (data / "postgres" / "bin-18.1").exists()


@needs_root
def test_programs_that_cannot_be_brought_into_reach_are_a_clear_error(folder, closed_wheel, monkeypatch):
    monkeypatch.setattr(copies, "CACHE", folder / "nowhere")
    monkeypatch.setattr("barbelo.db.server.postgres.find_binaries", lambda *_: closed_wheel)
    data = folder / "data"
    data.mkdir(mode=0o700)
    with pytest.raises(PostgresFailed, match="can reach neither"):
        quick(data).start()
