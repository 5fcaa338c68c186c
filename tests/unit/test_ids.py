"""Flakes: Pleroma's own ids, unique, ordered, whatever the clock does."""

import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbelo.kernel.errors import NotFound
from barbelo.kernel.ids import (
    ALPHABET,
    FlakeSource,
    encode,
    find_flake,
    floor_at,
    get_flake,
    get_integer,
    made_at,
)

FLAKES = st.integers(0, 2**128 - 1).map(lambda number: UUID(int=number))
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Hands:
    """A clock that is set by hand."""

    def __init__(self, at=NOON):
        self.at = at

    def __call__(self):
        return self.at


@given(FLAKES)
def test_what_is_written_is_read_again(flake):
    assert find_flake(encode(flake)) == flake


@given(st.lists(FLAKES, min_size=2, max_size=20))
def test_length_then_text_is_the_order_of_the_numbers(flakes):
    by_text = sorted((encode(flake) for flake in flakes), key=lambda text: (len(text), text))
    assert by_text == [encode(flake) for flake in sorted(flakes)]


def test_present_day_ids_have_eighteen_characters_as_pleroma_prints_them():
    assert len(encode(FlakeSource(Hands()).next())) == 18
    known = find_flake("9hptFmUF3ztxYh3Svg")  # from the Pleroma API document
    assert made_at(known).date().isoformat() == "2019-04-15"


@pytest.mark.parametrize("text", ["", "a" * 23, "9hpt-FmUF", "ö", "zzzzzzzzzzzzzzzzzzzzzz", " 1"])
def test_what_spells_no_id_is_not_found(text):
    assert find_flake(text) is None
    with pytest.raises(NotFound):
        get_flake(text)


@pytest.mark.parametrize("text", ["0", "-1", "1.0", "", "9223372036854775808", "٣", "1" * 30])
def test_what_is_no_positive_bigint_is_not_found(text):
    with pytest.raises(NotFound):
        get_integer(text)


def test_the_largest_bigint_is_an_id():
    assert get_integer("9223372036854775807") == 2**63 - 1


@given(st.lists(st.integers(-5_000, 5_000), max_size=50))
def test_ids_are_unique_and_ordered_also_when_the_clock_steps_back(steps_ms):
    clock = Hands()
    source = FlakeSource(clock)
    made = []
    for step in steps_ms:
        clock.at += timedelta(milliseconds=step)
        made.append(source.next())
    assert made == sorted(set(made))


def test_more_ids_than_a_millisecond_has_numbers_for_are_still_unique_and_ordered():
    source = FlakeSource(Hands())
    made = [source.next() for _ in range(70_000)]
    assert len(set(made)) == len(made)
    assert made == sorted(made)


def test_threads_never_get_the_same_id():
    source, made = FlakeSource(), []

    def take():
        made.extend([source.next() for _ in range(2_000)])

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 8_000


def test_two_processes_never_get_the_same_id():
    clock = Hands()
    assert not {FlakeSource(clock).next() for _ in range(50)} & {FlakeSource(clock).next() for _ in range(50)}


@given(st.datetimes(datetime(1960, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_the_id_of_something_from_elsewhere_has_its_time_between_1970_and_now(published):
    made = made_at(FlakeSource(Hands()).at(published))
    wanted = min(max(published, datetime(1970, 1, 1, tzinfo=UTC)), NOON)
    assert abs(made - wanted) < timedelta(milliseconds=1.001)


def test_an_id_compares_with_a_time():
    source = FlakeSource(Hands())
    assert floor_at(NOON) <= source.next() < floor_at(NOON + timedelta(milliseconds=1))


def test_the_alphabet_is_in_ascii_order():
    assert list(ALPHABET) == sorted(ALPHABET)
