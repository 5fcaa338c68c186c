import subprocess
import sys

import pytest

from barbelo.text.emoji import MAX_SHORTCODES, is_unicode_emoji, qualified_emoji, shortcodes


@pytest.mark.parametrize("text", ["😀", "❤", "❤️", "👍🏽", "👨‍👩‍👧‍👦", "🇩🇪", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣", "🏳️‍🌈", "©️", "🫨"])
def test_these_are_one_emoji(text):
    assert is_unicode_emoji(text)


@pytest.mark.parametrize(
    "text", ["", "a", "1", "#", ":blob:", "😀😀", "😀 ", "🇩", "🏽", "\ufe0f", "<b>", "😀" * 1000]
)
def test_these_are_not(text):
    assert not is_unicode_emoji(text)
    assert qualified_emoji(text) is None


def test_spellings_of_one_emoji_are_one_reaction():
    assert qualified_emoji("❤") == qualified_emoji("❤️") == "❤️"
    assert qualified_emoji("🏳‍🌈") == "🏳️‍🌈"
    assert qualified_emoji("😀") == "😀"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("hi :blob: and :blob_cat:!", ["blob", "blob_cat"]),
        (":a::b: :a:", ["a", "b"]),
        (":a:b:", ["a", "b"]),
        ("at 10:30:45", ["30"]),
        (":+1: :blob-cat: :x.y:", ["+1", "blob-cat", "x.y"]),
        ("日本:neko:語", ["neko"]),
        ("no : spaces : here, :: none", []),
        (":" + "a" * 101 + ":", []),
    ],
)
def test_shortcodes_are_found_once_each(text, names):
    assert shortcodes(text) == names


def test_a_wall_of_shortcodes_is_bounded():
    assert len(shortcodes("".join(f":e{n}:" for n in range(10_000)))) == MAX_SHORTCODES
    assert shortcodes(":" * 100_000) == []


def test_the_big_table_of_the_package_is_not_loaded():
    code = "import sys, barbelo.text.emoji; print('emoji' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
