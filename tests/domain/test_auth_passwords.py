"""Passwords of our own and of those who moved in."""

import base64
import hashlib
import threading

import anyio
import bcrypt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbelo.domain.auth.passwords import MOST_BYTES, Passwords
from barbelo.gateways.pool import Bounded
from barbelo.kernel.errors import Overloaded

PASSWORD = "correct horse battery"


class Counting:
    """A pool that remembers in how many threads it ran what."""

    def __init__(self):
        self.runs = 0

    async def run(self, fn, /):
        self.runs += 1
        return await anyio.to_thread.run_sync(fn)


def passwords(pool=None, *, passes=1):
    return Passwords(pool or Bounded(2, 20), memory_kib=64, passes=passes)


def pbkdf2(password, *, rounds=1000):
    salt = b"\xfb\xef\xbe" * 5  # four plus signs and more in plain base64
    made = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds)
    salt_text, hash_text = (
        base64.b64encode(part).decode().rstrip("=").replace("+", ".") for part in (salt, made)
    )
    return f"$pbkdf2-sha512${rounds}${salt_text}${hash_text}"


async def test_a_password_fits_its_own_hash_and_no_other():
    vault = passwords()
    kept = await vault.hash(PASSWORD)
    assert kept.startswith("$argon2id$")
    assert (await vault.check(PASSWORD, kept)).right
    assert not (await vault.check(PASSWORD + " ", kept)).right


async def test_two_hashes_of_one_password_differ():
    vault = passwords()
    assert await vault.hash(PASSWORD) != await vault.hash(PASSWORD)


async def test_a_hash_of_another_cost_is_renewed_and_one_of_this_cost_is_not():
    kept = await passwords(passes=1).hash(PASSWORD)
    assert (await passwords(passes=1).check(PASSWORD, kept)).better is None
    better = (await passwords(passes=2).check(PASSWORD, kept)).better
    assert better is not None
    assert "t=2" in better
    assert (await passwords(passes=2).check(PASSWORD, better)).right


async def test_a_password_of_pleroma_is_verified_and_renewed():
    verdict = await passwords().check(PASSWORD, pbkdf2(PASSWORD))
    assert verdict.right
    assert verdict.better is not None
    assert verdict.better.startswith("$argon2id$")


@pytest.mark.parametrize("prefix", ["$2a$", "$2b$", "$2y$"])
async def test_a_password_of_mastodon_is_verified_and_renewed(prefix):
    kept = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    verdict = await passwords().check(PASSWORD, prefix + kept[4:])
    assert verdict.right
    assert verdict.better is not None


async def test_bcrypt_looks_at_72_bytes_only_as_it_did_where_the_hash_was_made():
    kept = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    assert (await passwords().check("x" * 100, kept)).right


@pytest.mark.parametrize(
    "make", [pbkdf2, lambda word: bcrypt.hashpw(word.encode(), bcrypt.gensalt(4)).decode()]
)
async def test_a_wrong_password_is_not_renewed(make):
    verdict = await passwords().check("something else", make(PASSWORD))
    assert (verdict.right, verdict.better) == (False, None)


@pytest.mark.parametrize(
    "kept",
    [
        "", "!", "$argon2id$", "$argon2id$v=19$m=64,t=1,p=1$$", "$2a$", "$2a$10$short", "$6$salt$hash",
        "$pbkdf2-sha512$", "$pbkdf2-sha512$x$c2FsdA$aGFzaA", "$pbkdf2-sha512$1$c2FsdA$",
        "$pbkdf2-sha512$99999999999999999999$c2FsdA$aGFzaA", "$pbkdf2-sha512$0$c2FsdA$aGFzaA",
        "$pbkdf2-sha512$1$!!!!$aGFzaA", "$pbkdf2-sha512$1$c2FsdA$a", "plain text",
    ],
)  # fmt: skip
async def test_what_is_no_hash_fits_no_password(kept):
    verdict = await passwords().check("plain text", kept)
    assert (verdict.right, verdict.better) == (False, None)


@given(st.text(max_size=40))
async def test_any_text_can_be_a_password(word):
    vault = passwords()
    assert (await vault.check(word, await vault.hash(word))).right


async def test_an_account_that_does_not_exist_costs_the_same_work(monkeypatch):
    pool = Counting()
    vault = passwords(pool)
    verified = []
    real = vault._argon2.verify
    monkeypatch.setattr(vault, "_argon2", Watched(vault._argon2, verified, real))
    assert not (await vault.check(PASSWORD, None)).right
    [(kept, threaded)] = verified
    assert kept.startswith("$argon2id$v=19$m=64,t=1,p=1$")
    assert threaded, "hashing belongs in a thread"
    assert pool.runs == 1


class Watched:
    """An Argon2 hasher that notes what it verifies, and whether it does so outside the event loop."""

    def __init__(self, inner, notes, verify):
        self.inner, self.notes, self.real = inner, notes, verify

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def verify(self, kept, password):
        self.notes.append((kept, threading.current_thread() is not threading.main_thread()))
        return self.real(kept, password)


async def test_an_endless_password_is_wrong_without_being_read():
    vault = passwords()
    kept = await vault.hash("x" * (MOST_BYTES + 1))
    assert not (await vault.check("x" * (MOST_BYTES + 1), kept)).right


async def test_too_many_at_once_are_turned_away():
    vault = passwords(Bounded(1, 0))
    refused = 0

    async def one():
        nonlocal refused
        try:
            await vault.hash(PASSWORD)
        except Overloaded:
            refused += 1

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(one)
    assert refused >= 1
