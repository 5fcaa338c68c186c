"""Helper processes: lazy, bounded, replaced when they die, killed when they are late, gone when idle."""

import os
import signal
import sys
from contextlib import suppress

import anyio
import pytest

from barbelo.gateways import children as module
from barbelo.gateways.children import ChildLate, ChildLost, Children
from barbelo.kernel.errors import Overloaded

CHILD = """
import os, pathlib, signal, sys, time
for line in sys.stdin.buffer:
    word, _, rest = line.decode().strip().partition(" ")
    if word == "pid": answer = str(os.getpid())
    elif word == "env": answer = ",".join(sorted(os.environ))
    elif word == "sleep": time.sleep(float(rest)); answer = "slept"
    elif word == "die": os.kill(os.getpid(), signal.SIGKILL)
    elif word == "exit": sys.exit(3)
    elif word == "count":
        with open(rest, "a") as file: file.write("tried\\n")
        sys.exit(3)
    elif word == "half": sys.stdout.write("half"); sys.stdout.flush(); sys.exit(0)
    elif word == "once":
        if not pathlib.Path(rest).exists():
            pathlib.Path(rest).write_text(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGSEGV)
        answer = "second time"
    else: answer = line.decode().strip()
    print(answer, flush=True)
"""


@pytest.fixture
def make(tmp_path, monkeypatch):
    (tmp_path / "a_test_child.py").write_text(CHILD)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return lambda **options: Children("a_test_child", **options)


async def ask(children, line: str, time_limit_s: float = 10) -> str:
    return (await children.ask(line.encode(), time_limit_s=time_limit_s)).decode().strip()


def is_running(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


async def until_gone(pid: int) -> None:
    with anyio.fail_after(5):
        while is_running(pid):  # noqa: ASYNC110 - nobody tells us when another process ends
            await anyio.sleep(0.02)


async def test_none_is_started_before_it_is_needed_and_one_serves_many(make):
    async with make() as children:
        assert children.pids == []
        first = int(await ask(children, "pid"))
        assert await ask(children, "hello") == "hello"
        assert int(await ask(children, "pid")) == first
        assert children.pids == [first]
    assert not is_running(first)


async def test_an_idle_child_leaves(make):
    async with make(idle_s=0.2) as children:
        pid = int(await ask(children, "pid"))
        await until_gone(pid)
        assert children.pids == []
        assert int(await ask(children, "pid")) != pid


async def test_a_child_in_use_does_not_leave(make):
    async with make(idle_s=0.3) as children:
        pid = int(await ask(children, "pid"))
        assert await ask(children, "sleep 0.6") == "slept"
        assert int(await ask(children, "pid")) == pid


async def test_a_killed_child_is_replaced_and_the_task_done(make, tmp_path):
    async with make() as children:
        assert await ask(children, f"once {tmp_path / 'died'}") == "second time"
        idle = int(await ask(children, "pid"))
        os.kill(idle, signal.SIGKILL)
        assert int(await ask(children, "pid")) != idle


async def test_a_task_that_kills_twice_is_given_up_and_others_go_on(make):
    async with make(width=1) as children:
        with pytest.raises(ChildLost) as caught:
            await ask(children, "die")
        assert caught.value.signal == signal.SIGKILL
        with pytest.raises(ChildLost) as caught:
            await ask(children, "exit")
        assert caught.value.signal is None
        with pytest.raises(ChildLost):
            await ask(children, "half")
        assert await ask(children, "hello") == "hello"
        assert children.inside == 0


async def test_a_child_that_ends_by_itself_is_not_asked_again(make, tmp_path):
    async with make() as children:
        with pytest.raises(ChildLost):
            await ask(children, f"count {tmp_path / 'tries'}")
    assert (tmp_path / "tries").read_text() == "tried\n"


async def test_a_late_child_is_killed(make):
    async with make(width=1) as children:
        pid = int(await ask(children, "pid"))
        with anyio.fail_after(5), pytest.raises(ChildLate):
            await ask(children, "sleep 60", time_limit_s=0.2)
        await until_gone(pid)
        assert await ask(children, "hello") == "hello"


async def test_who_gives_up_takes_the_child_along_and_mixes_up_no_answers(make):
    async with make(width=1) as children:
        pid = int(await ask(children, "pid"))
        with anyio.move_on_after(0.2) as scope:
            await ask(children, "sleep 60")
        assert scope.cancelled_caught
        await until_gone(pid)
        assert await ask(children, "hello") == "hello"


async def test_never_more_children_than_allowed_and_each_answer_to_its_question(make):
    async with make(width=2) as children:
        answers = {}

        async def one(number):
            answers[number] = await ask(children, f"word{number}")

        async with anyio.create_task_group() as tasks:
            for number in range(20):
                tasks.start_soon(one, number)
        assert answers == {number: f"word{number}" for number in range(20)}
        assert 1 <= len(children.pids) <= 2


async def test_a_full_queue_says_no_at_once(make):
    async with make(width=1, queue=1) as children, anyio.create_task_group() as tasks:
        tasks.start_soon(ask, children, "sleep 0.5")
        tasks.start_soon(ask, children, "sleep 0")
        await anyio.sleep(0.1)
        with anyio.fail_after(0.2), pytest.raises(Overloaded):
            await ask(children, "hello")


async def test_children_inherit_no_secrets(make, monkeypatch):
    monkeypatch.setenv("BARBELO_DATABASE_URL", "postgresql://user:secret@db/x")
    async with make() as children:
        names = set((await ask(children, "env")).split(","))
    assert "BARBELO_DATABASE_URL" not in names
    assert names <= {*module._INHERITED, *module._ENVIRONMENT, "LC_CTYPE"}  # the interpreter sets the last


async def test_a_child_has_a_last_job(make, monkeypatch):
    monkeypatch.setattr(module, "JOBS_PER_CHILD", 2)
    async with make(width=1) as children:
        pids = [int(await ask(children, "pid")) for _ in range(4)]
        assert pids[0] == pids[1] != pids[2] == pids[3]
        await until_gone(pids[0])


async def test_a_child_ends_with_its_parent(tmp_path):
    (tmp_path / "a_test_child.py").write_text(CHILD)
    parent = (
        "import asyncio\n"
        "from barbelo.gateways.children import Children\n"
        "async def main():\n"
        "    children = Children('a_test_child')\n"
        "    print((await children.ask(b'pid', time_limit_s=10)).decode(), flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    async with await anyio.open_process([sys.executable, "-c", parent], env=environment) as process:
        with anyio.fail_after(10):
            pid = int(await process.stdout.receive())
        process.kill()
    await until_gone(pid)
