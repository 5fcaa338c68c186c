"""Values that have a grammar of their own: addresses, networks, rates.

Each function takes the text and gives its normal form, or raises `ValueError` with a reason that
an administrator can act on.
"""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

_OWN_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]*:[0-9a-f:.]*")


class Address(Struct, frozen=True):
    """Where a server listens: a host name or IP address (without brackets), and a TCP port."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class Rate(Struct, frozen=True):
    """At most `count` times within `period_s` seconds."""

    count: int
    period_s: float

    def __str__(self) -> str:
        return f"{self.count} / {self.period_s:g} s"


class Rates(Struct, frozen=True):
    """What one bucket allows; `None` is no limit."""

    guest: Rate | None
    """Per address, for who is not signed in."""
    user: Rate | None
    """Per account."""

    def __str__(self) -> str:
        if self.guest == self.user:
            return _rate_text(self.guest)
        return f"guest {_rate_text(self.guest)}, user {_rate_text(self.user)}"


def read_public_url(text: str) -> str:
    """`https://example.org`: lower case, without the scheme's own port, without a slash at the end."""
    parts = _split_url(text)
    host = parts.hostname or ""
    if parts.scheme not in _OWN_PORTS or not host:
        raise ValueError("expected an address such as https://example.org")
    if not _HOST.fullmatch(host):
        raise ValueError(
            "expected a host of letters, digits, hyphens and dots; others are written as xn--..."
        )
    if parts.path not in {"", "/"} or parts.query or parts.fragment or parts.username is not None:
        raise ValueError("expected scheme, host and port only: no path, query or user name")
    where = f"[{host}]" if ":" in host else host
    port = "" if parts.port in {None, _OWN_PORTS[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://{where}{port}"


def read_web_address(text: str) -> str:
    """Any http or https address, as it is."""
    parts = _split_url(text)
    if parts.scheme not in _OWN_PORTS or not parts.hostname:
        raise ValueError("expected an address such as https://example.org/page")
    return text


def read_database_url(text: str) -> str:
    if text and not text.startswith(("postgresql://", "postgres://")):
        raise ValueError("expected postgresql://user:password@host:port/name, or nothing")
    _split_url(text)
    return text


def read_listen(text: str) -> str:
    return str(address(text))


def read_optional_listen(text: str) -> str:
    return read_listen(text) if text else ""


def address(text: str) -> Address:
    """`127.0.0.1:4000`, `localhost:4000` or `[::1]:4000`; port 0 is any free one."""
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/\[\]]+)):(\d{1,5})", text)
    if found is None or int(found[3]) > 65535:
        raise ValueError("expected host:port, such as 127.0.0.1:4000 or [::1]:4000")
    return Address(found[1] or found[2], int(found[3]))


def read_networks(items: tuple[str, ...]) -> tuple[str, ...]:
    """IP addresses and networks in CIDR form, such as `10.0.0.0/8`."""
    return tuple(str(ip_network(item)) for item in items)


def read_folder(text: str) -> str:
    """An absolute path; a relative one counts from the folder in which the program was started."""
    if not text or "\0" in text:
        raise ValueError("expected a folder")
    return str(Path(text).expanduser().absolute())


def read_rates(text: str) -> str:
    return str(rates(text))


def rates(text: str) -> Rates:
    """`10 / 1 s` for everyone, `guest 10 / 1 s, user 30 / 1 s`, or `off`."""
    found = re.fullmatch(r"\s*guest\s+([^,]*),\s*user\s+([^,]*)", text)
    if found is not None:
        return Rates(_rate(found[1]), _rate(found[2]))
    both = _rate(text)
    return Rates(both, both)


def _rate(text: str) -> Rate | None:
    if text.strip() == "off":
        return None
    found = re.fullmatch(r"\s*(\d{1,9})\s*/\s*(\d{1,9}(?:\.\d{1,3})?)\s*s\s*", text)
    if found is None or not int(found[1]) or not float(found[2]):
        raise ValueError('expected "10 / 60 s", "guest 10 / 60 s, user 30 / 60 s" or "off"')
    return Rate(int(found[1]), float(found[2]))


def _rate_text(rate: Rate | None) -> str:
    return "off" if rate is None else str(rate)


def _split_url(text: str) -> SplitResult:
    if re.search(r"[\x00-\x20\x7f]", text):
        raise ValueError("expected an address without spaces")
    parts = urlsplit(text)
    _ = parts.port  # raises ValueError for a port that is no number
    return parts
