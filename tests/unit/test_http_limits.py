"""Token buckets, and whose they are."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbelo.config.reading import Rate, Rates
from barbelo.http.limits import Addresses, Balance, Limiter, subject_of, tightest
from barbelo.kernel.errors import TooMany


class Time:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


RATES = {
    "search": Rates(Rate(2, 10.0), Rate(4, 10.0)),
    "off": Rates(None, Rate(1, 1.0)),
    "timeline": Rates(Rate(1, 1.0), Rate(1, 1.0)),
}


def limiter(time: Time, most: int = 100) -> Limiter:
    return Limiter(RATES, now_s=time, clock=lambda: datetime(2026, 1, 1, tzinfo=UTC), most_subjects=most)


def times(limits: Limiter, bucket: str, subject: str, *, signed_in: bool = False) -> int:
    """How often it goes well before it does not."""
    for count in range(100):
        try:
            limits.spend(bucket, subject, signed_in=signed_in)
        except TooMany:
            return count
    return 100


def test_guests_and_people_have_rates_of_their_own() -> None:
    limits = limiter(Time())
    assert times(limits, "search", "1.2.3.4") == 2
    assert times(limits, "search", "alice", signed_in=True) == 4
    assert times(limits, "search", "5.6.7.8") == 2


def test_no_rate_is_no_limit_and_so_is_nobody() -> None:
    limits = limiter(Time())
    assert times(limits, "off", "1.2.3.4") == 100
    assert times(limits, "unheard of", "1.2.3.4") == 100
    assert times(limits, "search", "") == 100


def test_each_kind_of_a_bucket_counts_for_itself() -> None:
    limits = limiter(Time())
    assert [times(limits, f"timeline:{kind}", "a") for kind in ("home", "public", "home")] == [1, 1, 0]


def test_tokens_come_back_evenly_and_never_more_than_there_were() -> None:
    time = Time()
    limits = limiter(time)
    assert times(limits, "search", "a") == 2
    time.now += 5
    assert times(limits, "search", "a") == 1
    time.now += 1_000
    assert times(limits, "search", "a") == 2
    time.now -= 500  # a clock that steps back gives nothing and takes nothing
    assert times(limits, "search", "a") == 0


def test_a_refusal_says_how_long_to_wait_and_waiting_that_long_is_enough() -> None:
    time = Time()
    limits = limiter(time)
    times(limits, "search", "a")
    with pytest.raises(TooMany) as refused:
        limits.spend("search", "a")
    assert refused.value.retry_after_s == 5
    time.now += 5
    assert limits.spend("search", "a")


def test_asking_costs_nothing() -> None:
    limits = limiter(Time())
    for _ in range(10):
        assert limits.spend("search", "a", tokens=0) == Balance(2, 2, 0.0)
    assert times(limits, "search", "a") == 2
    with pytest.raises(TooMany):
        limits.spend("search", "a", tokens=0)


def test_the_headers_are_mastodons() -> None:
    limits = limiter(Time())
    balance = limits.spend("search", "a")
    assert balance is not None
    assert limits.headers(balance) == {
        "x-ratelimit-limit": "2",
        "x-ratelimit-remaining": "1",
        "x-ratelimit-reset": "2026-01-01T00:00:05.000Z",
    }
    assert tightest(balance, Balance(300, 0, 9.0)) == Balance(300, 0, 9.0)
    assert tightest(None, balance) is balance


def test_memory_is_bounded_and_the_longest_unseen_goes_first() -> None:
    limits = limiter(Time(), most=3)
    for subject in ("a", "b", "c", "a", "d"):
        limits.spend("search", subject)
    assert times(limits, "search", "a") == 0
    assert times(limits, "search", "b") == 2


@given(st.lists(st.floats(0, 30), max_size=60))
def test_nobody_gets_more_than_the_rate_over_any_time(pauses: list[float]) -> None:
    time = Time()
    limits, taken = limiter(time), 0
    for pause in pauses:
        time.now += pause
        taken += times(limits, "search", "a")
    assert taken <= 2 + sum(pauses) * 2 / 10 + 0.001


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "1.1.1.1", "203.0.113.9"),  # nobody we know says so
        ("10.0.0.1", "1.1.1.1", "1.1.1.1"),
        ("10.0.0.1", "6.6.6.6, 1.1.1.1", "1.1.1.1"),  # the client wrote the left one itself
        ("10.0.0.1", "6.6.6.6, 1.1.1.1, 10.0.0.7", "1.1.1.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.9", "10.0.0.9"),
        ("10.0.0.1", "1.1.1.1, nonsense", "10.0.0.1"),
        ("10.0.0.1", "1.1.1.1, unknown, 10.0.0.2", "10.0.0.2"),
        ("::ffff:10.0.0.1", "1.1.1.1:4711", "1.1.1.1"),
        ("fd00::1", '"[2001:db8::5]:80"', "2001:db8::5"),
        ("", "1.1.1.1", "1.1.1.1"),  # a unix socket
        ("", "", ""),
        ("testclient", "1.1.1.1", ""),
    ],
)
def test_only_a_trusted_proxy_is_believed(peer: str, forwarded: str, client: str) -> None:
    assert Addresses(("10.0.0.0/8", "fd00::/8")).client(peer, forwarded) == client


def test_without_trusted_proxies_the_header_is_air() -> None:
    assert Addresses().client("10.0.0.1", "1.1.1.1") == "10.0.0.1"


def test_one_customer_of_ipv6_is_one_subject() -> None:
    assert subject_of("2001:db8:1:2:3::4") == subject_of("2001:db8:1:2:ffff::") == "2001:db8:1:2::/64"
    assert subject_of("1.2.3.4") == "1.2.3.4"
    assert subject_of("") == ""


@given(st.text(max_size=30), st.text(max_size=60))
def test_any_header_makes_an_address_or_none(peer: str, forwarded: str) -> None:
    assert isinstance(Addresses(("10.0.0.0/8",)).client(peer, forwarded), str)
