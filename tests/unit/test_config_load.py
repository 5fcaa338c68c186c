"""A file and the environment become settings, or all mistakes are told with their place."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbelo.config.load import load
from barbelo.config.problems import BadConfig
from barbelo.config.settings import Settings, all_keys
from barbelo.config.toml_file import find_file

FORMATS = 'list of "text/plain", "text/html", "text/markdown" or "text/bbcode"'
LEVELS = '"debug", "info", "warning" or "error"'


@pytest.fixture
def write(tmp_path):
    def write(text, name="barbelo.toml"):
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        return file

    return write


def problems_of(file=None, environ=None):
    with pytest.raises(BadConfig) as caught:
        load(file, environ or {})
    return [str(problem) for problem in caught.value.problems]


def test_without_file_and_variables_everything_is_the_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    loaded = load(None, {})
    assert loaded.file is None
    assert set(loaded.sources.values()) == {"default"}
    assert loaded.settings.limits == Settings().limits
    assert loaded.settings.server.data_dir == str(tmp_path / "data")


def test_a_value_knows_the_line_it_came_from(write):
    file = write(
        '[server]\n# a comment\nurl = "https://Social.Example/"\n\n[limits]\nstatus_characters = 7\n'
    )
    loaded = load(file, {})
    assert loaded.settings.server.url == "https://social.example"
    assert loaded.settings.limits.status_characters == 7
    assert loaded.sources["server.url"] == f"{file}:3"
    assert loaded.sources["limits.status_characters"] == f"{file}:6"
    assert loaded.sources["server.listen"] == "default"


def test_the_environment_wins_over_the_file(write):
    file = write('[instance]\ntitle = "From the file"\n')
    loaded = load(file, {"BARBELO_INSTANCE__TITLE": "From outside"})
    assert loaded.settings.instance.title == "From outside"
    assert loaded.sources["instance.title"] == "BARBELO_INSTANCE__TITLE"


def test_a_bad_value_in_the_file_is_told_even_where_the_environment_says_another(write):
    file = write('[limits]\nstatus_characters = "many"\n')
    told = problems_of(file, {"BARBELO_LIMITS__STATUS_CHARACTERS": "5"})
    assert told == [f"{file}:2: limits.status_characters: Expected int, got str"]


def test_all_mistakes_are_told_at_once(write):
    file = write(
        """title = "x"
[server]
lisen = "1"
web_processes = 0
trusted_proxies = ["10.0.0.0/8", "10.0.0.1/8"]
[instance]
post_formats = [
    "text/plain",
    "text/x",
]
[srever]
url = "http://x"
"""
    )
    assert sorted(problems_of(file, {"BARBELO_LISTN": "x", "BARBELO_LOG__LEVEL": "loud"})) == sorted(
        [
            f"{file}:1: title: unknown key; did you mean instance.title?",
            f"{file}:3: server.lisen: unknown key; did you mean server.listen?",
            f"{file}:4: server.web_processes: Expected int >= 1",
            f"{file}:5: server.trusted_proxies: 10.0.0.1/8 has host bits set",
            f"{file}:7: instance.post_formats: Invalid enum value 'text/x', in item 2; expected {FORMATS}",
            f"{file}:11: srever: unknown section; did you mean server?",
            "BARBELO_LISTN: unknown variable; did you mean BARBELO_LISTEN?",
            f"BARBELO_LOG__LEVEL: log.level: Invalid enum value 'loud'; expected {LEVELS}",
        ]
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[server]\nurl = \n", ":2: Invalid value"),
        ("[server]\n[server]\n", ":2: Cannot declare ('server',) twice"),
        ('[server]\n\nurl = "', ":3: Unterminated string"),
        ("server = 1\n", ":1: server: expected a table: [server]"),
        ("x = " + "[" * 100_000, ": nested too deeply"),
    ],
)
def test_broken_toml_is_refused_with_its_line(write, text, told):
    file = write(text)
    assert problems_of(file) == [f"{file}{told}"]


def test_a_file_that_is_not_utf8_is_refused(tmp_path):
    file = tmp_path / "x.toml"
    file.write_bytes(b'[instance]\ntitle = "\xff"\n')
    assert problems_of(file) == [f"{file}: not UTF-8 at byte 21"]


def test_a_named_file_that_is_missing_is_a_mistake(tmp_path):
    file = tmp_path / "absent.toml"
    assert problems_of(file) == [f"{file}: No such file or directory"]
    assert problems_of(None, {"BARBELO_CONFIG": str(file)}) == [f"{file}: No such file or directory"]
    assert problems_of(tmp_path) == [f"{tmp_path}: Is a directory"]


def test_the_file_is_looked_for_in_a_fixed_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "elsewhere"
    data.mkdir()
    environ = {"BARBELO_DATA_DIR": str(data)}
    assert find_file(None, environ) is None
    (tmp_path / "barbelo.toml").touch()
    assert find_file(None, environ) == Path("barbelo.toml")
    (data / "barbelo.toml").touch()
    assert find_file(None, environ) == data / "barbelo.toml"
    assert find_file(None, environ | {"BARBELO_CONFIG": "told.toml"}) == Path("told.toml")
    assert find_file(Path("asked.toml"), environ | {"BARBELO_CONFIG": "told.toml"}) == Path("asked.toml")


def test_the_four_short_names_are_enough_to_start():
    environ = {
        "BARBELO_DATA_DIR": "/var/lib/one",
        "BARBELO_URL": "http://localhost:4001",
        "BARBELO_LISTEN": "[::1]:4001",
        "BARBELO_DATABASE_URL": "postgresql://me:secret@db/barbelo",
    }
    loaded = load(None, environ)
    assert loaded.settings.server.data_path == Path("/var/lib/one")
    assert loaded.settings.server.url == "http://localhost:4001"
    assert loaded.settings.server.listen_address.host == "::1"
    assert loaded.settings.database.url == "postgresql://me:secret@db/barbelo"
    assert {where for where in loaded.sources.values() if where != "default"} == set(environ)


def test_every_key_can_be_given_by_a_variable():
    said = {key.variable: _as_text(key.default) for key in all_keys()}
    loaded = load(None, said)
    assert set(loaded.sources.values()) == set(said)
    assert loaded.settings == load(None, {}).settings


def _as_text(value):
    return ",".join(value) if isinstance(value, tuple) else str(value)


def test_two_variables_for_one_key_must_agree():
    both = {"BARBELO_URL": "http://a.example", "BARBELO_SERVER__URL": "http://a.example"}
    assert load(None, both).settings.server.url == "http://a.example"
    both["BARBELO_URL"] = "http://b.example"
    assert problems_of(None, both) == ["BARBELO_URL: server.url: BARBELO_SERVER__URL says something else"]


def test_variables_of_tests_and_of_others_are_left_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    load(None, {"BARBELO_TEST_ALL": "1", "PATH": "/bin", "BARBELO": "x", "BARBELO_CONFIG": ""})


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("en,de", ("en", "de")),
        (" en , de ,", ("en", "de")),
        ("", ()),
        ('["a, b", "c"]', ("a, b", "c")),
    ],
)
def test_a_list_is_separated_by_commas_or_is_json(text, items):
    assert load(None, {"BARBELO_INSTANCE__RULES": text}).settings.instance.rules == items


def test_a_broken_json_list_is_refused():
    assert problems_of(None, {"BARBELO_INSTANCE__RULES": "[1"})[0].startswith(
        "BARBELO_INSTANCE__RULES: instance.rules:"
    )
    assert problems_of(None, {"BARBELO_INSTANCE__RULES": "[1]"}) == [
        "BARBELO_INSTANCE__RULES: instance.rules: Expected str, got int, in item 1"
    ]


@pytest.mark.parametrize(
    ("word", "value"), [("true", True), ("ON", True), ("1", True), ("no", False), ("False", False)]
)
def test_a_switch_understands_the_usual_words(word, value):
    loaded = load(None, {"BARBELO_INSTANCE__INVITES_ENABLED": word})
    assert loaded.settings.instance.invites_enabled is value


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("BARBELO_INSTANCE__PUBLIC", "maybe"),
        ("BARBELO_INSTANCE__PUBLIC", ""),
        ("BARBELO_LIMITS__FIELDS", ""),
        ("BARBELO_LIMITS__FIELDS", "1.5"),
        ("BARBELO_LIMITS__FIELDS", "-1"),
        ("BARBELO_LIMITS__FIELDS", "1e9"),
        ("BARBELO_SERVER__SHUTDOWN_GRACE_S", "nan"),
        ("BARBELO_SERVER__SHUTDOWN_GRACE_S", "inf"),
        ("BARBELO_URL", ""),
        ("BARBELO_URL", "social.example"),
        ("BARBELO_URL", "ftp://social.example"),
        ("BARBELO_URL", "https://social.example/path"),
        ("BARBELO_URL", "https://social.example?x=1"),
        ("BARBELO_URL", "https://me:pw@social.example"),
        ("BARBELO_URL", "https://social.example:port"),
        ("BARBELO_URL", "https://social .example"),
        ("BARBELO_URL", "https://"),
        ("BARBELO_URL", "https://b\u00fccher.example"),
        ("BARBELO_URL", "https://-x.example"),
        ("BARBELO_INSTANCE__TITLE", "\udcff"),
        ("BARBELO_LISTEN", "4000"),
        ("BARBELO_LISTEN", ":4000"),
        ("BARBELO_LISTEN", "127.0.0.1:65536"),
        ("BARBELO_LISTEN", "::1:4000"),
        ("BARBELO_DATABASE_URL", "mysql://x"),
        ("BARBELO_DATA_DIR", ""),
        ("BARBELO_SERVER__TRUSTED_PROXIES", "proxy.example"),
        ("BARBELO_RATE_LIMITS__SEARCH", "10"),
        ("BARBELO_RATE_LIMITS__SEARCH", "0 / 1 s"),
        ("BARBELO_RATE_LIMITS__SEARCH", "10 / 0 s"),
        ("BARBELO_RATE_LIMITS__SEARCH", "guest 10 / 1 s"),
        ("BARBELO_AUTH__PASSWORD_MEMORY_KIB", "64"),
    ],
)
def test_nonsense_in_a_variable_is_refused_by_name(variable, value):
    told = problems_of(None, {variable: value})
    assert len(told) == 1
    assert told[0].startswith(f"{variable}: ")


def test_a_secret_value_is_not_repeated_in_its_refusal():
    told = problems_of(None, {"BARBELO_DATABASE_URL": "mysql://me:geheim@db/x"})
    assert "geheim" not in told[0]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://Social.Example:443/", "https://social.example"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:443", "http://localhost:443"),
        ("http://[::1]:4000", "http://[::1]:4000"),
    ],
)
def test_the_public_address_has_one_form(text, url):
    assert load(None, {"BARBELO_URL": text}).settings.server.url == url


def tried(environ):
    """What came of it: the settings with their sources, or the problems."""
    try:
        return load(None, environ), []
    except BadConfig as error:
        return None, error.problems


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=5))
def test_whatever_stands_in_the_environment_it_is_settings_or_a_told_mistake(extra):
    environ = {f"BARBELO_{name.upper()}": value for name, value in extra.items()}
    loaded, problems = tried(environ)
    assert {problem.where for problem in problems} <= set(environ)
    assert (loaded is None) == bool(problems)


@given(st.sampled_from(all_keys()), st.text(st.characters(exclude_categories=[]), max_size=30))
def test_whatever_is_said_of_a_key_it_is_settings_or_a_told_mistake(key, text):
    loaded, problems = tried({key.variable: text})
    assert [problem.path for problem in problems] in ([], [key.path])
    assert loaded is None or loaded.sources[key.path] == key.variable
