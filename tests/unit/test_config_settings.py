"""The settings themselves: their defaults, their rules, and what each key says of itself."""

import re
from pathlib import Path

import msgspec
import pytest

from barbelo.config.describe import kind, shown_value, without_password
from barbelo.config.keys import Note
from barbelo.config.load import load
from barbelo.config.reading import Address, Rate, Rates, address, rates, read_networks
from barbelo.config.sections.machine import Server
from barbelo.config.sections.people import Auth, Instance
from barbelo.config.settings import SECTIONS, Settings, all_keys, key_at

ROOT = Path(__file__).resolve().parents[2]


def test_no_test_switch_is_on_by_default():
    assert load(None, {}).settings.test_switches() == []


def test_the_acceptance_file_sets_what_it_promises_and_is_warned_of():
    loaded = load(ROOT / "examples" / "acceptance.toml", {})
    settings = loaded.settings
    assert settings.instance.registrations_open
    assert not settings.instance.approval_required
    assert not settings.instance.confirmation_required
    assert settings.auth.password_grant
    assert set(settings.rate_limits.buckets().values()) == {Rates(None, None)}
    assert settings.test_switches() == [
        "auth.cheap_passwords = true",
        "rate_limits.enabled = false",
        "federation.allow_loopback = true",
        "federation.allow_http = true",
        "instance.registrations_open = true, without approval or confirmation",
    ]
    set_there = {path for path, where in loaded.sources.items() if where != "default"}
    assert {path.partition(".")[0] for path in set_there} == {"instance", "auth", "rate_limits", "federation"}


@pytest.mark.parametrize("gate", ["approval_required", "confirmation_required"])
def test_open_registration_with_a_gate_is_no_test_switch(gate):
    settings = Settings(instance=Instance(registrations_open=True, **{gate: True}))
    assert settings.test_switches() == []


@pytest.mark.parametrize("key", all_keys(), ids=lambda key: key.path)
def test_a_key_has_a_sentence_a_kind_and_a_default_that_fits(key):
    assert re.fullmatch(r"[A-Zp].+[.`]", key.description), "one sentence, ended"
    assert isinstance(key.note, Note)
    assert kind(key)
    assert msgspec.convert(msgspec.to_builtins(key.default), key.type) == key.default
    if key.note.read:
        normal = key.note.read(key.default)
        assert key.note.read(normal) == normal


@pytest.mark.parametrize("key", all_keys(), ids=lambda key: key.path)
def test_a_number_that_is_no_count_has_its_unit_in_its_name(key):
    measures = re.compile(r"(timeout|lifetime|wait|grace|expiration|memory|buffers)(?!_(s|ms|kib|mb)\b)")
    assert not measures.search(key.name) or key.unit


def test_sections_and_their_variables_are_unambiguous():
    variables = [key.variable for key in all_keys()] + [
        key.note.short for key in all_keys() if key.note.short
    ]
    assert len(set(variables)) == len(variables)
    assert set(SECTIONS) == set(Settings.__struct_fields__)


def test_settings_cannot_be_changed():
    with pytest.raises(AttributeError):
        Settings().limits.fields = 3


def test_a_private_instance_restricts_everything():
    open_one = Instance(restrict_profiles_remote=True)
    assert open_one.restricts("profiles_remote")
    assert not open_one.restricts("timelines_local")
    assert Instance(public=False).restricts("timelines_local")


def test_cheap_passwords_cost_less_than_the_default():
    memory_kib, passes = Auth(cheap_passwords=True).password_cost
    assert Auth().password_cost == (32_768, 3)
    assert memory_kib * passes * 100 < 32_768 * 3


def test_each_process_shows_its_metrics_on_a_port_of_its_own():
    assert Server().metrics_address(0) is None
    server = Server(metrics_listen="127.0.0.1:9568")
    assert [str(server.metrics_address(number)) for number in (0, 1)] == ["127.0.0.1:9568", "127.0.0.1:9569"]
    assert Server(metrics_listen="127.0.0.1:0").metrics_address(3) == Address("127.0.0.1", 0)


@pytest.mark.parametrize(("url", "secure"), [("https://a.example", True), ("http://localhost:4000", False)])
def test_only_https_is_secure(url, secure):
    assert Server(url=url).secure is secure


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("127.0.0.1:4000", "127.0.0.1", 4000), ("[::1]:0", "::1", 0), ("localhost:80", "localhost", 80)],
)
def test_an_address_is_read_and_written_the_same(text, host, port):
    assert address(text) == Address(host, port)
    assert str(address(text)) == text


@pytest.mark.parametrize(
    ("text", "guest", "user"),
    [
        ("10 / 60 s", Rate(10, 60), Rate(10, 60)),
        ("3/0.5s", Rate(3, 0.5), Rate(3, 0.5)),
        ("guest 10 / 1 s, user 30 / 1 s", Rate(10, 1), Rate(30, 1)),
        ("guest off, user 30 / 1 s", None, Rate(30, 1)),
        ("off", None, None),
    ],
)
def test_rates_are_read_as_people_write_them(text, guest, user):
    assert rates(text) == Rates(guest, user)
    assert rates(str(rates(text))) == rates(text)


def test_switched_off_limits_limit_nothing_and_keep_their_names():
    on, off = (
        Settings().rate_limits,
        load(None, {"BARBELO_RATE_LIMITS__ENABLED": "false"}).settings.rate_limits,
    )
    assert on.buckets()["authentication"] == Rates(Rate(15, 60), Rate(15, 60))
    assert on.buckets().keys() == off.buckets().keys()
    assert set(off.buckets().values()) == {Rates(None, None)}


def test_a_proxy_is_an_address_or_a_network():
    assert read_networks(("127.0.0.1", "10.0.0.0/8", "::1")) == ("127.0.0.1/32", "10.0.0.0/8", "::1/128")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:s3cr@t@db:5432/x", "postgresql://me:***@db:5432/x"),
        ("postgresql://me@db/x?sslmode=require", "postgresql://me@db/x?sslmode=require"),
        (
            "postgresql:///x?host=/tmp&password=s3cret&user=me",
            "postgresql:///x?host=/tmp&password=***&user=me",
        ),
        ("", ""),
    ],
)
def test_the_password_of_a_database_is_hidden(url, shown):
    assert without_password(url) == shown
    assert shown_value(key_at("database.url"), url) == f'"{shown}"'
