"""A few helper processes for work that may be hostile: started when needed, gone when idle.

Why processes: two threads that encode pictures left a serving process at 180 MB after JPEGs and at
780 MB after AVIFs and WebPs (libvips 8.18, glibc), for as long as it lived; a decoder with a flaw would take the
server with it; and a thread cannot be stopped. A child costs some 50 ms to start, about 35 MB while it
waits, and nothing a minute later.

No pickle: a line of JSON goes in, a line comes out. Children inherit no secrets: of the environment
they get what the interpreter and its libraries need to start, and nothing else.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Self

from barbelo.gateways.pool import Bounded

JOBS_PER_CHILD = 200  # then a fresh one: whatever a library leaks has an end
LINE_BYTES = 1_048_576
END_S = 5.0  # for a child to leave when its input ends

_INHERITED = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME")
_ENVIRONMENT = {
    # One arena, and large blocks given back at once: 35 MB instead of 270 MB after the same pictures.
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_TRIM_THRESHOLD_": "262144",
    "MALLOC_MMAP_THRESHOLD_": "262144",
    "VIPS_BLOCK_UNTRUSTED": "1",
    "VIPS_CONCURRENCY": "1",  # the width of the pool says how many cores pictures may have
    "VIPS_WARNING": "0",  # libvips: the variable's presence silences warnings about odd pictures
}


class ChildLost(Exception):
    """A child ended before it answered. `signal` is the number that killed it; None = it ended by itself."""

    def __init__(self, returncode: int | None) -> None:
        super().__init__(f"the child ended with {returncode}")
        self.signal = -returncode if returncode is not None and returncode < 0 else None


class ChildLate(Exception):
    """A child took longer than it may, and was killed."""


class Children:
    """At most `width` children running one module, at most `queue` tasks waiting for them.

    Belongs to one event loop. Close it (`aclose`, or `async with`) before the loop ends.
    """

    def __init__(self, module: str, *, width: int = 2, queue: int = 32, idle_s: float = 60.0) -> None:
        self._module = module
        self._bounded = Bounded(width, queue, retry_after_s=2)
        self._idle_s = idle_s
        self._idle: list[_Child] = []  # the last used is the next used, so surplus ones leave first
        self._leaving: set[asyncio.Task[None]] = set()

    async def ask(self, line: bytes, *, time_limit_s: float) -> bytes:
        """Have one child answer `line`. A child that is killed meanwhile is replaced once, and asked again.

        Raises `ChildLate` after `time_limit_s`, `ChildLost` when the second one ended too, and
        `Overloaded` when the queue is full. Cancelling kills the child: its work is for nobody.
        """
        async with self._bounded.place():
            try:
                return await self._ask_one(line, time_limit_s)
            except ChildLost as lost:
                if lost.signal is None:  # a bug of ours ends it the same way again
                    raise
                return await self._ask_one(line, time_limit_s)

    @property
    def inside(self) -> int:
        """How many tasks are worked on or wait; a metric."""
        return self._bounded.inside

    @property
    def pids(self) -> list[int]:
        """The idle children."""
        return [child.pid for child in self._idle]

    async def aclose(self) -> None:
        """End the idle children and wait for those that are leaving; a task under way must be over."""
        for child in self._idle:
            self._let_go(child)
        self._idle.clear()
        if self._leaving:
            await asyncio.wait(self._leaving)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _ask_one(self, line: bytes, time_limit_s: float) -> bytes:
        child = await self._take()
        try:
            async with asyncio.timeout(time_limit_s):
                answer = await child.ask(line)
        except BaseException as error:
            await child.kill()
            if isinstance(error, TimeoutError):
                raise ChildLate from error
            raise
        self._give_back(child)
        return answer

    async def _take(self) -> "_Child":
        while self._idle:
            child = self._idle.pop()
            child.stop_waiting()
            if child.is_alive:
                return child
            self._let_go(child)
        return await _Child.start(self._module)

    def _give_back(self, child: "_Child") -> None:
        if child.jobs >= JOBS_PER_CHILD:
            self._let_go(child)
            return
        self._idle.append(child)
        child.wait(self._idle_s, self._retire)

    def _retire(self, child: "_Child") -> None:
        self._idle.remove(child)
        self._let_go(child)

    def _let_go(self, child: "_Child") -> None:
        child.stop_waiting()
        task = asyncio.get_running_loop().create_task(child.end())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)


class _Child:
    """One process and the pipes to it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._timer: asyncio.TimerHandle | None = None
        self.jobs = 0

    @classmethod
    async def start(cls, module: str) -> Self:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-P", "-m", module),  # -P: nothing is imported from the folder we happen to be in
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=_environment(_INHERITED),
            limit=LINE_BYTES,
            start_new_session=True,  # Ctrl-C is for us; the end of its input is for the child
        )
        return cls(process)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.returncode is None

    async def ask(self, line: bytes) -> bytes:
        """Raises `ChildLost` when the process ends instead of answering."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None  # noqa: S101, PT018 - both are pipes, see `start`
        self.jobs += 1
        answer = b""
        with suppress(ConnectionError):
            stdin.write(line + b"\n")
            await stdin.drain()
            answer = await stdout.readline()
        if not answer.endswith(b"\n"):
            raise ChildLost(await self._process.wait())
        return answer

    async def kill(self) -> None:
        """Not to be interrupted: a killed child must be buried."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await asyncio.shield(asyncio.ensure_future(self._bury()))

    async def end(self) -> None:
        """Close its input and wait; who does not leave then is killed."""
        try:
            async with asyncio.timeout(END_S):
                await self._bury()
        except TimeoutError:
            await self.kill()

    async def _bury(self) -> None:
        stdin = self._process.stdin
        if stdin is not None:
            stdin.close()
            with suppress(ConnectionError):
                await stdin.wait_closed()
        await self._process.wait()

    def wait(self, idle_s: float, then: "Callable[[_Child], None]") -> None:
        self._timer = asyncio.get_running_loop().call_later(idle_s, then, self)

    def stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _environment(names: Iterable[str]) -> dict[str, str]:
    return {name: os.environ[name] for name in names if name in os.environ} | _ENVIRONMENT
