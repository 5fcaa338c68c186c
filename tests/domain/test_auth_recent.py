from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from barbelo.db.bus import LiveEvent
from barbelo.domain.auth import recent
from barbelo.domain.auth.recent import About, Recent
from barbelo.domain.events import (
    AccountRestored,
    AccountSuspended,
    EmojisChanged,
    ProfileChanged,
    TokensRevoked,
)

ALICE, BOB = UUID(int=1), UUID(int=2)
NOW = datetime(2026, 5, 1, tzinfo=UTC)


class Clock:
    def __init__(self):
        self.s = 100.0

    def __call__(self):
        return self.s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def memory(clock):
    """Two tokens of alice (1, 2), one of bob (3), one of an app alone (4)."""
    memory = Recent(clock)
    for token, account in ((1, ALICE), (2, ALICE), (3, BOB), (4, None)):
        about = About.of(token, account, None, NOW)
        memory.keep(bytes([token]), f"identity {token}", about, memory.generation)
    return memory


def known(memory):
    return {token for token in (1, 2, 3, 4) if memory.find(bytes([token]))}


def test_what_is_kept_is_found_for_a_few_seconds(memory, clock):
    assert memory.find(b"\1") == "identity 1"
    assert memory.find(b"\5") is None
    clock.s += recent.KEPT_S
    assert known(memory) == set()


@pytest.mark.parametrize(
    ("event", "left"),
    [
        (TokensRevoked(account_id=ALICE, token_ids=[1]), {2, 3, 4}),
        (TokensRevoked(account_id=ALICE, token_ids=[]), {3, 4}),
        (TokensRevoked(account_id=None, token_ids=[4]), {1, 2, 3}),
        (TokensRevoked(account_id=ALICE, token_ids=[9]), {1, 2, 3, 4}),
        (AccountSuspended(account_id=BOB), {1, 2, 4}),
        (AccountRestored(account_id=BOB), {1, 2, 4}),
        (ProfileChanged(account_id=ALICE), {3, 4}),
        (EmojisChanged(), {1, 2, 3, 4}),
    ],
)
@pytest.mark.parametrize("by_bus", [True, False])
def test_it_is_dropped_when_it_stops_being_true(memory, event, left, by_bus):
    if by_bus:
        payload = msgspec.json.encode([LiveEvent(type(event).__name__, msgspec.to_builtins(event))])
        memory.heard(msgspec.json.decode(payload, type=list[LiveEvent]))
    else:
        memory.happened([event])
    assert known(memory) == left


def test_an_answer_from_before_a_revocation_is_not_kept(memory):
    asked_at = memory.generation
    memory.happened([TokensRevoked(account_id=ALICE, token_ids=[5])])
    memory.keep(b"\5", "too old", About.of(5, ALICE, None, NOW), asked_at)
    assert memory.find(b"\5") is None


def test_when_something_was_missed_all_is_forgotten(memory):
    asked_at = memory.generation
    memory.forget_all()
    memory.keep(b"\5", "too old", About.of(5, ALICE, None, NOW), asked_at)
    assert known(memory) == set()
    assert memory.find(b"\5") is None


def test_nothing_is_kept_beyond_the_end_of_its_token(memory, clock):
    about = About.of(5, ALICE, NOW + timedelta(seconds=1), NOW)
    memory.keep(b"\5", "short", about, memory.generation)
    assert memory.find(b"\5")
    clock.s += 1
    assert memory.find(b"\5") is None


def test_the_memory_is_bounded_and_forgets_the_oldest(clock, monkeypatch):
    monkeypatch.setattr(recent, "MOST", 3)
    memory = Recent(clock)
    for number in range(5):
        memory.keep(bytes([number]), number + 1, About.of(number, ALICE, None, NOW), memory.generation)
    assert [memory.find(bytes([number])) for number in range(5)] == [None, None, 3, 4, 5]
    memory.happened([TokensRevoked(account_id=ALICE, token_ids=[])])
    assert not memory._entries
    assert not memory._keys
