"""How often: token buckets in the memory of this process. Source: reference/pleroma 11.3, mastodon 14.

A bucket holds `count` tokens and gets them back evenly over its period, so there is no edge of a
window at which twice as many fit through. Signed-in people are counted by account, guests by
address: never by anything that the client can choose.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from msgspec import Struct

from barbelo.config.reading import Rate, Rates
from barbelo.kernel.clock import Clock, monotonic_s, system_clock
from barbelo.kernel.errors import TooMany

MOST_SUBJECTS = 100_000
"""Buckets kept; beyond it the one that was asked longest ago is forgotten, and so full again."""
GENERAL = "api"
"""The bucket of every answer of the API."""
SIGN_IN = "authentication"
PER_TARGET = frozenset({"relation_id_action", "status_id_action"})
"""Buckets that count each target of the path for itself."""


class Balance(Struct, frozen=True):
    """What a bucket still holds; full again after `full_in_s` seconds."""

    limit: int
    remaining: int
    full_in_s: float


class Limiter:
    """All buckets. `rates` by name; a name that is not there, or None in it, is no limit."""

    def __init__(
        self,
        rates: Mapping[str, Rates],
        *,
        now_s: Callable[[], float] = monotonic_s,
        clock: Clock = system_clock,
        most_subjects: int = MOST_SUBJECTS,
    ) -> None:
        self._rates = rates
        self._now_s = now_s
        self._clock = clock
        self._most_subjects = most_subjects
        self._levels: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def spend(self, bucket: str, subject: str, *, signed_in: bool = False, tokens: int = 1) -> Balance | None:
        """Take a token (or, with `tokens=0`, ask whether there is one). None: not limited.

        `bucket` may have a kind after a colon: `timeline:home` is a bucket of its own with the rate
        of `timeline`. An empty subject, a client whose address nobody knows, is not limited.
        Raises `TooMany`.
        """
        rate = self._rate(bucket, signed_in=signed_in)
        if rate is None or not subject:
            return None
        now = self._now_s()
        key = (bucket, subject)
        level, then = self._levels.get(key, (float(rate.count), now))
        level = min(float(rate.count), level + max(0.0, now - then) * rate.count / rate.period_s)
        if level < 1:
            wait_s = math.ceil((1 - level) * rate.period_s / rate.count)
            raise TooMany(
                retry_after_s=max(1, wait_s), balance=_balance(rate, level), bucket=bucket.partition(":")[0]
            )
        if tokens:
            self._keep(key, level - tokens, now)
        return _balance(rate, level - tokens)

    def _rate(self, bucket: str, *, signed_in: bool) -> Rate | None:
        rates = self._rates.get(bucket.partition(":")[0])
        if rates is None:
            return None
        return rates.user if signed_in else rates.guest

    def _keep(self, key: tuple[str, str], level: float, now: float) -> None:
        self._levels[key] = (level, now)
        self._levels.move_to_end(key)
        if len(self._levels) > self._most_subjects:
            self._levels.popitem(last=False)

    def headers(self, balance: Balance) -> dict[str, str]:
        """Mastodon's three; the reset is the time at which the bucket is full again."""
        reset = self._clock() + timedelta(seconds=balance.full_in_s)
        return {
            "x-ratelimit-limit": str(balance.limit),
            "x-ratelimit-remaining": str(balance.remaining),
            "x-ratelimit-reset": reset.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }


def _balance(rate: Rate, level: float) -> Balance:
    missing = rate.count - level
    return Balance(rate.count, max(0, int(level)), missing * rate.period_s / rate.count)


def tightest(first: Balance | None, second: Balance | None) -> Balance | None:
    """The one that will run out sooner: what a client has to know."""
    if first is None or second is None:
        return first or second
    return second if second.remaining < first.remaining else first


@lru_cache(4096)
def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """An address, out of its brackets, port and IPv4 mapping; None when it is none."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        return found.ipv4_mapped
    return found


class Addresses:
    """Whose request it is. `X-Forwarded-For` is believed only where a trusted proxy wrote it."""

    def __init__(self, trusted_proxies: tuple[str, ...] = ()) -> None:
        self._trusted = tuple(ip_network(one, strict=False) for one in trusted_proxies)

    def client(self, peer: str, forwarded_for: str) -> str:
        """The rightmost address that is not one of our proxies; empty when unknown.

        `peer` is the other end of the connection, empty for a unix socket: whoever may open that
        is trusted. An entry that cannot be read ends the search: everything left of it is a guess.
        """
        address = _parsed(peer) if peer else None
        if peer and (address is None or not self._trusts(address)):
            return str(address or "")
        for entry in reversed(forwarded_for.split(",")) if forwarded_for else ():
            found = _parsed(entry)
            if found is None:
                break
            address = found
            if not self._trusts(found):
                break
        return str(address or "")

    def _trusts(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._trusted)


@lru_cache(4096)
def subject_of(address: str) -> str:
    """What a guest is counted by: the address, for IPv6 the /64 that one customer has."""
    found = _parsed(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((int(found) >> 64 << 64, 64)))
    return address
