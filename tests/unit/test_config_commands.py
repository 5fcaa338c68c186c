"""`barbelo config`, as an administrator calls it."""

import tomllib

import pytest

from barbelo.cli.config_commands import app
from barbelo.config.settings import all_keys


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Run words in a folder of their own, with no variables of ours set; gives what was printed."""
    monkeypatch.chdir(tmp_path)
    for key in all_keys():
        monkeypatch.delenv(key.variable, raising=False)
        monkeypatch.delenv(key.note.short or key.variable, raising=False)
    monkeypatch.delenv("BARBELO_CONFIG", raising=False)

    def run(*words):
        app(words, result_action="return_value")
        return capsys.readouterr().out

    return run


def test_show_prints_every_value_with_its_source_as_a_file_that_can_be_read(run, tmp_path, monkeypatch):
    (tmp_path / "barbelo.toml").write_text('[instance]\ntitle = "Our \\"corner\\""\n')
    monkeypatch.setenv("BARBELO_LIMITS__FIELDS", "4")
    printed = run("show")
    assert printed.startswith(f"# File: {tmp_path / 'barbelo.toml'}\n")
    assert 'title = "Our \\"corner\\""  # barbelo.toml:2\n' in printed
    assert "fields = 4  # BARBELO_LIMITS__FIELDS\n" in printed
    assert "status_characters = 5000  # default\n" in printed
    document = tomllib.loads(printed)
    assert {f"{section}.{name}" for section, keys in document.items() for name in keys} == {
        key.path for key in all_keys()
    }


def test_what_show_prints_is_a_configuration_that_means_the_same(run, tmp_path):
    printed = run("show")
    (tmp_path / "again.toml").write_text(printed)
    again = run("show", "--config", "again.toml")
    assert tomllib.loads(again) == tomllib.loads(printed)


def test_show_changed_prints_only_what_is_not_the_default(run, monkeypatch):
    monkeypatch.setenv("BARBELO_LISTEN", "127.0.0.1:4001")
    assert run("show", "--changed") == (
        '# No file was read.\n\n[server]\nlisten = "127.0.0.1:4001"  # BARBELO_LISTEN\n'
    )


def test_show_hides_the_password_of_the_database(run, monkeypatch):
    monkeypatch.setenv("BARBELO_DATABASE_URL", "postgresql://me:geheim@db/x")
    printed = run("show")
    assert "geheim" not in printed
    assert 'url = "postgresql://me:***@db/x"  # BARBELO_DATABASE_URL' in printed


@pytest.mark.parametrize("word", ["show", "check"])
def test_a_bad_configuration_ends_with_its_mistakes(run, tmp_path, word):
    (tmp_path / "bad.toml").write_text("[limits]\nfields = -1\nfeilds = 2\n")
    with pytest.raises(SystemExit) as caught:
        run(word, "--config", "bad.toml")
    assert caught.value.code == (
        "bad.toml:3: limits.feilds: unknown key; did you mean limits.fields?\n"
        "bad.toml:2: limits.fields: Expected int >= 0"
    )


def test_check_says_that_all_is_well_and_names_test_switches(run, monkeypatch):
    assert run("check") == "The configuration is good. No file was read.\n"
    monkeypatch.setenv("BARBELO_FEDERATION__ALLOW_HTTP", "true")
    assert run("check").splitlines()[1:] == ["Not for a public server: federation.allow_http = true"]


def test_path_prints_the_file_or_where_it_would_be(run, tmp_path, capsys):
    with pytest.raises(SystemExit) as caught:
        run("path")
    assert caught.value.code == 1
    assert str(tmp_path / "data" / "barbelo.toml") in capsys.readouterr().err
    (tmp_path / "barbelo.toml").touch()
    assert run("path") == f"{tmp_path / 'barbelo.toml'}\n"
