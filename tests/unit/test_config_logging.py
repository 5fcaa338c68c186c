"""One line per happening, with its request, and without anybody's secrets."""

import io
import json
import logging
import subprocess
import sys
import time
import warnings

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from barbelo.config import logging as ours
from barbelo.config.log_lines import render_json, render_text
from barbelo.config.redact import is_secret_name, redact, redact_text
from barbelo.config.sections.machine import Log


@pytest.fixture
def written():
    """What is written on the log; everything global is put back afterwards."""
    root, door = logging.getLogger(), ours._door
    before = (root.handlers[:], root.level, logging.getLogger("barbelo").level)
    kept = dict(vars(door))
    yield io.StringIO()
    root.handlers[:], level, our_level = before
    root.setLevel(level)
    logging.getLogger("barbelo").setLevel(our_level)
    logging.captureWarnings(capture=False)
    vars(door).update(kept)
    structlog.reset_defaults()


@pytest.fixture
def lines(written):
    """Set up as JSON; gives the lines so far, parsed."""

    def lines():
        return [json.loads(line) for line in written.getvalue().splitlines()]

    ours.set_up_structlog(Log(format="json"), "web", stream=written)
    return lines


def test_a_line_has_time_level_process_and_its_facts(lines):
    ours.get_logger("barbelo.x").info("Follow accepted", follower="bob", count=2, none=None)
    (line,) = lines()
    assert line.pop("time").endswith("Z")
    assert line.pop("pid") > 0
    assert line == {
        "level": "info",
        "process": "web",
        "event": "Follow accepted",
        "source": "barbelo.x",
        "follower": "bob",
        "count": 2,
        "none": None,
    }


def test_libraries_and_ours_carry_the_same_request(lines):
    with ours.log_context(request_id="abc"):
        ours.get_logger("barbelo.x").warning("Ours")
        logging.getLogger("uvicorn.error").warning("Theirs: %s", 1)
    logging.getLogger("uvicorn.error").info("Outside")
    assert [(line["event"], line.get("request_id")) for line in lines()] == [
        ("Ours", "abc"),
        ("Theirs: 1", "abc"),
        ("Outside", None),
    ]


def test_an_access_line_of_uvicorn_loses_its_token(lines):
    logger = logging.getLogger("uvicorn.access")
    path = "/api/v1/streaming?stream=user&access_token=geheim"
    logger.info('%s - "%s %s HTTP/%s" %d', "203.0.113.9:1", "GET", path, "1.1", 200)
    (line,) = lines()
    assert "geheim" not in str(line)
    assert "stream=user&access_token=***" in line["event"]


def test_an_exception_is_told_with_its_traceback_and_without_its_secrets(lines):
    def fail():
        raise ValueError("no answer from postgresql://me:geheim@db/x")

    try:
        fail()
    except ValueError:
        ours.get_logger("barbelo.x").exception("Could not connect")
        logging.getLogger("other").exception("Nor I")
    for line, event in zip(lines(), ["Could not connect", "Nor I"], strict=True):
        assert (line["event"], line["level"]) == (event, "error")
        assert "in fail" in line["exception"]
        assert "postgresql://me:***@db/x" in line["exception"]
        assert "geheim" not in str(line)


def test_warnings_and_a_broken_format_string_are_lines_too(lines):
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.warn("old thing", stacklevel=1)
    ours._Handler().emit(logging.makeLogRecord({"msg": "%d", "args": ("no number",)}))
    assert "old thing" in lines()[0]["event"]
    assert lines()[1]["event"] == "%d"


def test_the_level_holds_for_ours_and_libraries_stay_above_debug(written):
    ours.set_up_structlog(Log(format="json", level="debug"), "web", stream=written)
    ours.get_logger("barbelo.x").debug("ours")
    logging.getLogger("barbelo.y").debug("ours by the standard library")
    logging.getLogger("websockets.server").info("connection open")
    logging.getLogger("some.library").debug("> Cookie: x")
    assert [json.loads(line)["event"] for line in written.getvalue().splitlines()] == [
        "ours",
        "ours by the standard library",
    ]
    ours.set_up_structlog(Log(format="json", level="error"), "web", stream=written)
    ours.get_logger("barbelo.x").warning("silent")
    assert "silent" not in written.getvalue()


def test_setting_up_without_structlog_writes_the_same_lines(written):
    ours.set_up_logging(Log(format="json"), "supervisor", stream=written)
    logging.getLogger("barbelo.serve").info("Started")
    line = json.loads(written.getvalue())
    assert (line["process"], line["event"], line["source"]) == ("supervisor", "Started", "barbelo.serve")


def test_setting_up_twice_writes_each_line_once(lines, written):
    ours.set_up_structlog(Log(format="json"), "web", stream=written)
    logging.getLogger("x").warning("once")
    assert [line["event"] for line in lines()] == ["once"]


def test_a_log_that_cannot_be_written_does_not_stop_the_work(written):
    ours.set_up_structlog(Log(format="text"), "web", stream=written)
    written.close()
    ours.get_logger("barbelo.x").info("nobody hears this")


@pytest.mark.parametrize(("terminal", "first"), [(False, "{"), (True, "1")])
def test_auto_is_text_on_a_terminal_and_json_elsewhere(written, monkeypatch, terminal, first):
    monkeypatch.setattr(written, "isatty", lambda: terminal)
    monkeypatch.setattr("barbelo.config.log_lines._now", lambda: "2026-01-31T12:00:00.123Z")
    ours.set_up_logging(Log(), "web", stream=written)
    logging.getLogger("x").warning("hello")
    assert written.getvalue().startswith(first)


def test_no_value_can_forge_a_line_of_text():
    line = {
        "time": "2026-01-31T12:00:00.123Z",
        "level": "info",
        "process": "web",
        "event": "a\nb",
        "x": "1 y=2\n3",
    }
    assert render_text(line) == '12:00:00.123 info    web    a\\nb  x="1 y=2\\n3"'
    below = render_text({**line, "exception": "Traceback\n  x\x1b[2J"})
    assert below.splitlines()[1:] == ["    Traceback", "      x\\x1b[2J"]


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.binary()
    | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(min_size=1), values, max_size=4))
def test_every_value_becomes_one_line_of_valid_json_and_of_text(facts):
    safe = redact(facts)
    assert isinstance(json.loads(render_json(safe)), dict)
    assert "\n" not in render_json(safe)
    assert "\n" not in render_text({name: value for name, value in safe.items() if name != "exception"})


@pytest.mark.parametrize(
    "text",
    [
        "GET /x?access_token=geheim",
        "GET /x?a=1&access_token=geheim&b=2",
        "GET /oauth/callback?code=geheim&state=1",
        "code=geheim&grant_type=authorization_code",
        "client_id=1&client_secret=geheim&refresh_token=geheim",
        "username=a&password=geheim",
        "authorization[name]=a&authorization[password]=geheim",
        "authorization%5Bpassword%5D=geheim",
        "data[password_confirmation]=geheim",
        "mfa_token=geheim, code_verifier=geheim",
        '{"password": "geheim", "x": 1}',
        "{'access_token':'geheim'}",
        '{"new_password": "geheim geheim"}',
        "Authorization: Bearer geheim-12345",
        "authorization: Basic Z2VoZWltOmdlaGVpbQ==geheim",
        "b'authorization': b'Bearer geheim-12345'",
        "> Cookie: _pleroma_key=geheim; other=geheim",
        "< Set-Cookie: __Host-pleroma_key=geheim; Path=/",
        "> Sec-WebSocket-Protocol: geheim",
        "X-Admin-Token: geheim",
        "postgresql://me:geheim@localhost/x",
        "fetching https://me:geheim@example.org/inbox failed",
        "GET /x?admin_token=geheim",
    ],
)
def test_a_secret_in_a_text_is_masked(text):
    assert "geheim" not in redact_text(text)
    assert "***" in redact_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "Exit code=3 of the worker",
        "GET /api/v1/timelines/home?limit=20&max_id=9hptFmVJ02khbzYJaS",
        "Listening on http://localhost:4000",
        "GET /users/lain@soykaf.club",
        "12:00:00 basic things",
        "tokens and passwords are hashed at rest",
    ],
)
def test_what_is_no_secret_stays_readable(text):
    assert redact_text(text) == text


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("password", True),
        ("new_password", True),
        ("Authorization", True),
        ("access_token", True),
        ("client-secret", True),
        ("user[password]", True),
        ("session_key", True),
        ("code", True),
        ("cookie", True),
        ("body", True),
        ("status_code", False),
        ("error_code", False),
        ("token_count", False),
        ("account", False),
        ("request_id", False),
        ("path", False),
    ],
)
def test_a_fact_is_secret_by_its_name(name, secret):
    assert is_secret_name(name) is secret
    assert redact({name: "x"})[name] == ("***" if secret else "x")
    assert redact({"a": [{name: "x"}]})["a"][0][name] == ("***" if secret else "x")


def test_long_texts_deep_values_and_bytes_are_not_written_whole():
    assert redact({"x": "a" * 5000})["x"] == "a" * 2000 + "... (5000 characters)"
    assert redact({"x": b"body"})["x"] == "<4 bytes>"
    deep = redact({"x": [[[[["hidden"]]]]]})
    assert "hidden" not in str(deep)


@pytest.mark.parametrize(
    "piece", ["access_token=", '"password": "', "x://a:", "'a_", "Cookie: ", "code=", "\u00fc"]
)
def test_a_huge_text_costs_no_time(piece):
    text = piece * 1_000_000
    started = time.process_time()
    assert len(redact({"x": text})["x"]) < 3000
    redact_text(text[:100_000])
    assert time.process_time() - started < 0.5


def test_a_secret_at_the_cut_is_masked():
    text = "x" * 3980 + '"password": "geheim geheim geheim"'
    assert "geheim" not in redact_text(text[:4000])


def test_of_a_huge_traceback_the_end_is_told(lines):
    message = "y" * 30_000 + "\nthe end"
    ours.get_logger("x").error("Failed", exc_info=RuntimeError(message))
    assert lines()[0]["exception"] == "...\nthe end"


def test_the_light_processes_import_nothing_heavy():
    program = (
        "import sys; from barbelo.config.load import load; from barbelo.config.logging import set_up_logging;"
        "from barbelo.config.secrets import load_secrets;"
        "set_up_logging(load(None, {}).settings.log, 'x');"
        "print(*{'structlog', 'rich', 'asyncio', 'prometheus_client', 'ssl', 'cyclopts', 'sqlalchemy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_structlog_comes_without_rich_and_rich_can_be_had_later():
    program = (
        "import sys; from barbelo.config.logging import get_logger; get_logger('x');"
        "print('structlog' in sys.modules, 'rich.console' in sys.modules); import rich.console"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
