"""`barbelo user`, as an administrator types it: what is said, where, with which exit code, and what has changed."""

import asyncio
import os
import sys

import pytest
from msgspec import Struct

from barbelo.db.server import PostgresServer
from barbelo.domain.auth import logins
from barbelo.domain.auth.passwords import Passwords
from barbelo.gateways.pool import Bounded
from people import HERE
from posts import published
from relatives import beside

CHEAP = Passwords(Bounded(1, 4), memory_kib=64, passes=1)


class Said(Struct):
    code: int
    out: str
    err: str


class Terminal:
    """Somebody who types commands, at a server with its own address and database."""

    def __init__(self, **environment):
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("BARBELO_")},
            "BARBELO_URL": HERE.base,
            "BARBELO_AUTH__CHEAP_PASSWORDS": "true",
            **environment,
        }

    async def user(self, *words, code=0):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "barbelo.cli.main",
            "user",
            *words,
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(60):
            out, err = await process.communicate()
        said = Said(process.returncode, out.decode(), err.decode())
        assert said.code == code, f"{said.out}\n{said.err}"
        assert "Traceback" not in said.err
        return said


@pytest.fixture
def terminal(database, tmp_path):
    return Terminal(BARBELO_DATABASE_URL=database.dsn, BARBELO_DATA_DIR=str(tmp_path))


async def proven(database, name, password):
    return await logins.prove(database, CHEAP, name, password)


async def test_the_first_administrator_is_one_command(terminal, database):
    said = await terminal.user("create", "root_admin", "--admin")
    (password,) = [line.split()[1] for line in said.out.splitlines() if line.startswith("Password:")]
    login = (await proven(database, "root_admin", password)).login
    assert (login.is_admin, login.refusal) == (True, None)


async def test_pleromas_form_of_the_command_works_too(terminal, database):
    said = await terminal.user(
        "new", "lain", "lain@wired.test", "--name", "Lain", "--bio", "Let's all love Lain",
        "--password", "close the world", "--moderator", "--no-admin", "-y",
    )  # fmt: skip
    assert "Password" not in said.out
    login = (await proven(database, "lain@wired.test", "close the world")).login
    assert (login.username, login.is_admin, login.is_moderator) == ("lain", False, True)
    names = await database.pool.fetchrow("select display_name, note_source from accounts")
    assert tuple(names) == ("Lain", "Let's all love Lain")


async def test_a_wish_that_cannot_be_granted_says_all_that_is_wrong(terminal):
    said = await terminal.user("create", "in valid", "not-an-address", "--password", "short", code=1)
    assert said.out == ""
    assert len(said.err.strip().splitlines()) == 3
    await terminal.user("create", "lain")
    assert "already been taken" in (await terminal.user("create", "LAIN", code=1)).err


async def test_switches_go_on_and_off_and_others_stay(terminal, database):
    await terminal.user("create", "lain")
    await terminal.user("set", "lain", "--admin", "--locked", "--no-confirmed")
    said = await terminal.user("list", "--waiting")
    assert said.out.split()[:3] == ["lain", "-", "admin,unconfirmed"]
    await terminal.user("set", "@lain@barbelo.test", "--no-admin")
    await terminal.user("confirm", "lain")
    assert (await terminal.user("list")).out.split()[2] == "active"
    assert (await terminal.user("list", "--staff")).out == ""
    assert await database.pool.fetchval("select locked from accounts") is True
    assert "Say what to set" in (await terminal.user("set", "lain", code=1)).err


async def test_a_new_password_ends_the_old_one(terminal, database):
    await terminal.user("create", "lain", "--password", "the old password")
    await terminal.user("reset_password", "lain", "--password", "tiny", code=1)
    said = await terminal.user("reset-password", "lain")
    password = said.out.split("Password: ")[1].split()[0]
    assert await proven(database, "lain", "the old password") is None
    assert await proven(database, "lain", password)


async def test_an_account_is_hidden_and_brought_back(terminal, database):
    await terminal.user("create", "lain")
    await terminal.user("deactivate", "lain")
    assert "deactivated" in (await terminal.user("list")).out
    await terminal.user("activate", "lain")
    assert "deactivated" not in (await terminal.user("list")).out


async def test_tags_come_and_go(terminal):
    await terminal.user("create", "lain")
    said = await terminal.user("tag", "lain", "mrf_tag:force-unlisted", "Quiet")
    assert said.out == "@lain: mrf_tag:force-unlisted, quiet\n"
    assert (await terminal.user("untag", "lain", "QUIET")).out == "@lain: mrf_tag:force-unlisted\n"


async def test_a_deleted_account_is_gone_with_what_it_wrote(terminal, database):
    await terminal.user("create", "lain")
    async with beside(database) as tx:
        lain = await logins.find(tx, "lain")
        for number in range(3):
            await published(tx, lain.account_id, f"number {number}")
    assert (await terminal.user("rm", "lain")).out == "Deleted @lain and 3 statuses.\n"
    assert await database.pool.fetchval("select count(*) from statuses") == 0
    assert (await terminal.user("list")).out == ""
    assert "already been taken" in (await terminal.user("create", "lain", code=1)).err


@pytest.mark.parametrize(
    "words",
    [
        ["rm", "nobody"],
        ["set", "nobody", "--admin"],
        ["tag", "nobody", "x"],
        ["reset_password", "nobody"],
        ["sign_out", "nobody"],
        ["deactivate", "no body"],
    ],
)
async def test_whoever_is_not_there_is_named_on_stderr(terminal, words):
    said = await terminal.user(*words, code=1)
    assert said.out == ""
    assert "There is no account no" in said.err


async def test_commands_work_beside_a_running_server_and_without_one(tmp_path):
    terminal = Terminal(BARBELO_DATA_DIR=str(tmp_path))
    await terminal.user("create", "lain")  # starts the embedded PostgreSQL for itself, and stops it again
    server = PostgresServer(tmp_path, fsync=False)
    server.start()
    try:
        await terminal.user("create", "alice")
        assert [line.split()[0] for line in (await terminal.user("list")).out.splitlines()] == [
            "lain",
            "alice",
        ]
    finally:
        server.stop()
