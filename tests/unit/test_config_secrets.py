"""Secrets are made once, whole, and for their owner's eyes only."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from barbelo.config.secrets import BadSecret, load_secrets

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def made(tmp_path):
    """The file of a secret in a data folder that was used before."""
    load_secrets(tmp_path)
    return tmp_path / "secrets" / "session_key"


def test_a_first_start_makes_them_and_later_ones_keep_them(tmp_path):
    first = load_secrets(tmp_path / "new" / "folder")
    assert len(first.session_key) == 32
    assert load_secrets(tmp_path / "new" / "folder") == first
    assert load_secrets(tmp_path / "other") != first


def test_only_the_owner_can_read_them_whatever_the_umask(tmp_path):
    old = os.umask(0)
    try:
        load_secrets(tmp_path / "data")
    finally:
        os.umask(old)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "data").rglob("*")}
    assert modes == {"secrets": 0o700, "session_key": 0o600}


def test_nothing_is_left_beside_them(made):
    assert [path.name for path in made.parent.iterdir()] == ["session_key"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("\n", "is empty"),
        ("not hexadecimal", "is damaged"),
        ("abcd\n", "shorter than 32 bytes"),
        ("00" * 31, "shorter than 32 bytes"),
    ],
)
def test_an_empty_or_damaged_secret_is_refused_and_not_replaced(made, text, reason):
    made.write_text(text)
    with pytest.raises(BadSecret, match=reason) as caught:
        load_secrets(made.parent.parent)
    assert str(made) in caught.value.message
    assert made.read_text() == text


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_secret_that_others_can_touch_is_refused(made, mode):
    made.chmod(mode)
    with pytest.raises(BadSecret, match=r"chmod 600"):
        load_secrets(made.parent.parent)


def test_a_link_or_a_folder_in_its_place_is_refused(made, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    made.rename(elsewhere)
    made.symlink_to(elsewhere)
    with pytest.raises(BadSecret, match="it is a link"):
        load_secrets(tmp_path)
    made.unlink()
    made.mkdir()
    with pytest.raises(BadSecret, match="no ordinary file"):
        load_secrets(tmp_path)


def test_the_folder_is_not_followed_elsewhere(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "secrets").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="Not a directory"):
        load_secrets(tmp_path)
    assert list((tmp_path / "elsewhere").iterdir()) == []


@as_root
def test_root_leaves_them_to_the_owner_of_the_data_folder(tmp_path):
    os.chown(tmp_path, 12345, 12346)
    load_secrets(tmp_path)
    owners = {(path.stat().st_uid, path.stat().st_gid) for path in tmp_path.rglob("*")}
    assert owners == {(12345, 12346)}


@as_root
def test_a_secret_of_a_third_is_refused(made):
    os.chown(made, 12345, 12346)
    with pytest.raises(BadSecret, match="belongs to somebody else"):
        load_secrets(made.parent.parent)


def test_threads_that_start_together_agree(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(load_secrets, [tmp_path] * 16))
    assert len(found) == 1


def test_processes_that_start_together_agree(tmp_path):
    program = (
        "import sys, pathlib; from barbelo.config.secrets import load_secrets; sys.stdin.read();"
        "print(load_secrets(pathlib.Path(sys.argv[1])).session_key.hex())"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, tmp_path / "data"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in started:
        process.stdin.close()  # the starting shot
    said = {process.stdout.read().strip() for process in started}
    assert [process.wait() for process in started] == [0] * 4
    assert said == {load_secrets(tmp_path / "data").session_key.hex()}
    for process in started:
        process.stdout.close()


def test_they_do_not_show_when_printed(tmp_path):
    found = load_secrets(tmp_path)
    assert found.session_key.hex()[:8] not in f"{found!r} {found!s} {found.__rich_repr__()}"
    assert str(found.session_key) not in repr(found)
