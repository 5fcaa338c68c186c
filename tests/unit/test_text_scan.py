import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbelo.text.scan import (
    MAX_ENTITIES,
    MAX_TAG_CHARS,
    MAX_URL_CHARS,
    Hashtag,
    Link,
    Mention,
    ascii_host,
    leading_mentions,
    scan,
    tag_key,
)


def mentions(text):
    return [entity.key for entity in scan(text) if isinstance(entity, Mention)]


def tags(text):
    return [entity.name for entity in scan(text) if isinstance(entity, Hashtag)]


def links(text):
    return [entity.url for entity in scan(text) if isinstance(entity, Link)]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("@alice", ["alice"]),
        ("hello @Alice, how is @BOB?", ["alice", "bob"]),
        ("@alice@example.org and @bob@Sub.Example.ORG.", ["alice@example.org", "bob@sub.example.org"]),
        ("ask @alice. Or @bob@example.org!", ["alice", "bob@example.org"]),
        ("(@alice) [@bob] \"@carol\" '@dave' .@eve", ["alice", "bob", "carol", "dave", "eve"]),
        ("@a.b-c_d@ex-ample.org", ["a.b-c_d@ex-ample.org"]),
        ("@snake_case_@x.org", ["snake_case_@x.org"]),
        ("@bridgy.example.com@bsky.brid.gy", ["bridgy.example.com@bsky.brid.gy"]),
        (
            "_@alice_ __@bob__ @carol_ _@dave@x.org_ @erin@x.org_",
            ["alice", "bob", "carol_", "dave@x.org", "erin@x.org"],
        ),
        ("@alice's cat, @bob’s dog", ["alice", "bob"]),
        ("@alice\n@bob\t@carol\u3000@dave", ["alice", "bob", "carol", "dave"]),
    ],
)
def test_mentions_are_found(text, keys):
    assert mentions(text) == keys


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("@alice@localhost:4000, hi", ["alice@localhost:4000"]),
        ("@alice@127.0.0.1:4001", ["alice@127.0.0.1:4001"]),
        ("@alice@example.org: hello", ["alice@example.org"]),
        ("@alice@example.org:hello", ["alice@example.org"]),
        ("@alice@example.org:123456", ["alice@example.org"]),
    ],
)
def test_a_host_may_have_a_port(text, keys):
    assert mentions(text) == keys


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("@rosa@bücher.example", ["rosa@xn--bcher-kva.example"]),
        ("@rosa@BÜCHER.example", ["rosa@xn--bcher-kva.example"]),
        ("@rosa@例え.テスト", ["rosa@xn--r8jz45g.xn--zckzah"]),
        ("@rosa@пример.рф, привет", ["rosa@xn--e1afmkfd.xn--p1ai"]),
        ("@rosa@xn--bcher-kva.example", ["rosa@xn--bcher-kva.example"]),
        ("@alice@example.comさん、こんにちは", ["alice@example.com"]),
        ("@aliceさん", ["alice"]),
        ("@alice님 안녕하세요", ["alice"]),
    ],
)
def test_hosts_of_all_scripts_become_punycode(text, keys):
    assert mentions(text) == keys


@pytest.mark.parametrize(
    "text",
    [
        "me@example.org",
        "first.last@example.org",
        "last_@example.org",
        "mailto:me@example.org",
        "example.org/@alice",
        "https://example.org/@alice",
        "https://example.org/@alice@remote.example",
        "https://user@example.org/",
        "?user=@alice",
        "@ alice",
        "@",
        "@@",
        "@@alice",
        "@-alice",
        "@josé",
        "@rosa@" + "a" * 300 + ".org",
        "@" + "a" * 200,
    ],
)
def test_these_are_no_mentions(text):
    assert mentions(text) == []


def test_a_mention_knows_where_it_stands():
    text = "so, @Bob@Example.org!"
    [mention] = scan(text)
    assert mention == Mention("Bob", "example.org", 4, 20, "@Bob@Example.org")
    assert text[mention.start : mention.end] == mention.text


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("#cats and #Dogs.", ["cats", "Dogs"]),
        ("(#one) [#two] #three, #four! 'n #five…", ["one", "two", "three", "four", "five"]),
        ("#3d #l33t #world2016 #_test #test_ #a_b", ["3d", "l33t", "world2016", "_test", "test_", "a_b"]),
        ("#Straße #ÄON #Νῶε #котики", ["Straße", "ÄON", "Νῶε", "котики"]),
        ("#猫 #ぼっち・ざ・ろっく #고양이", ["猫", "ぼっち・ざ・ろっく", "고양이"]),
        ("#हिन्दी #ภาษาไทย #தமிழ் #עִבְרִית", ["हिन्दी", "ภาษาไทย", "தமிழ்", "עִבְרִית"]),
        ("#نرم\u200cافزار", ["نرم\u200cافزار"]),
        ("#col·legi #one·two·", ["col·legi", "one·two"]),
        ("＃ｆｏｏ", ["ｆｏｏ"]),
        ("#one#two", ["one"]),
        ("_#one_ __#two__ #three_", ["one", "two", "three_"]),
        ("#C++ #don't", ["C", "don"]),
        ("nbsp\xa0#foo", ["foo"]),
    ],
)
def test_hashtags_of_all_scripts_are_found(text, names):
    assert tags(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "#1 #2024 #٣",
        "# heading",
        "#_ #__ #·a",
        "a#b ß#c",
        "page.html#part /#/route x=#y (a)#b &#39; &#x27;",
        "https://example.org/testé#foo",
        "https://en.wikipedia.org/wiki/Ghostbusters_(song)#Lawsuit",
        "https://en.wikipedia.org/wiki/Google_LLC_v._Oracle_America,_Inc.#Decision",
        "#\ufe0f\u20e3 keycap",
        "#" + "a" * (MAX_TAG_CHARS + 1),
    ],
)
def test_these_are_no_hashtags(text):
    assert tags(text) == []


def test_a_tag_is_the_same_in_every_case_and_width():
    assert {tag_key(name) for name in ("Cats", "CATS", "#cats", "＃Ｃａｔｓ")} == {"cats"}


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("see https://example.org/a.", ["https://example.org/a"]),
        ("(http://example.org/)", ["http://example.org/"]),
        (
            "https://example.org! http://example.org? https://example.org:",
            ["https://example.org", "http://example.org", "https://example.org"],
        ),
        (
            "https://en.wikipedia.org/wiki/Diaspora_(software)",
            ["https://en.wikipedia.org/wiki/Diaspora_(software)"],
        ),
        (
            "(https://en.wikipedia.org/wiki/Diaspora_(software))",
            ["https://en.wikipedia.org/wiki/Diaspora_(software)"],
        ),
        ("https://example.org/_a_/b_c?d_e=f#g_h", ["https://example.org/_a_/b_c?d_e=f#g_h"]),
        ("https://under_score.example.org/", ["https://under_score.example.org/"]),
        (
            "_https://example.org_ *https://example.org/x* ~~https://example.org/y~~",
            ["https://example.org", "https://example.org/x", "https://example.org/y"],
        ),
        (
            '"https://example.org/" <https://example.org/b> `https://example.org/c`',
            ["https://example.org/", "https://example.org/b", "https://example.org/c"],
        ),
        (
            "„https://example.org/a“ «https://example.org/b» “https://example.org/c”",
            ["https://example.org/a", "https://example.org/b", "https://example.org/c"],
        ),
        ("https://example.org/?q=✓&x=%E2%9C%93", ["https://example.org/?q=✓&x=%E2%9C%93"]),
        ("https://ja.wikipedia.org/wiki/日本 です", ["https://ja.wikipedia.org/wiki/日本"]),
        (
            "「https://example.org/」と（https://example.org/a）、",
            ["https://example.org/", "https://example.org/a"],
        ),
        ("見てhttps://example.org/日本。次", ["https://example.org/日本"]),
        ("https://example.comを見て", ["https://example.com"]),
        ("https://nic.みんな/", ["https://nic.みんな/"]),
        ("http://localhost:4000/users/alice", ["http://localhost:4000/users/alice"]),
        ("http://127.0.0.1:8080/", ["http://127.0.0.1:8080/"]),
        ("HTTPS://EXAMPLE.ORG/A", ["HTTPS://EXAMPLE.ORG/A"]),
        ("https://example.org/a…", ["https://example.org/a"]),
        ("https://example.org/a\u200b", ["https://example.org/a"]),
        ("https://example.org/@alice#x @bob", ["https://example.org/@alice#x"]),
    ],
)
def test_addresses_end_where_people_think_they_end(text, urls):
    assert links(text) == urls


@pytest.mark.parametrize(
    "text",
    [
        "example.org www.example.org",
        "ftp://example.org/",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://",
        "http:///path",
        "https://-.example/",
        "http://|/ http://$/ https://😀/",
        "https://trusted.example@evil.example/",
        "https://me:secret@example.org/",
        "http://999.1.1.1/",
        "http://1.2.3.4.5/",
        "http://example.org:99999/",
        "xhttps://example.org",
        "https://xn--a/",
        "https://example.org/" + "a" * MAX_URL_CHARS,
    ],
)
def test_these_are_no_links(text):
    assert links(text) == []


def test_a_broken_address_hides_only_itself():
    assert [entity.text for entity in scan("http://u:p@h.org/#no @alice #yes")] == ["@alice", "#yes"]


def test_only_the_mentions_before_any_word_lead():
    assert [m.key for m in leading_mentions("  @alice @bob@example.org\n@carol hello @dave")] == [
        "alice",
        "bob@example.org",
        "carol",
    ]
    assert leading_mentions("hello @alice") == []
    assert leading_mentions("") == []


def test_hosts_that_cannot_exist_are_none():
    assert ascii_host("Example.ORG") == "example.org"
    assert [ascii_host(host) for host in ("a..b", "-a.org", "a b", "é" * 300, "é..a")] == [None] * 5


SNIPPETS = st.sampled_from(
    "@alice @bob@example.org @ # #tag #1 https:// http://a.b/ https://é.org ( ) [ ] . : / _ * · é さん 日本 ： a 1 & =".split()
) | st.sampled_from((" ", "\n", "\u200c", "\u0301", "\ufe0f"))


@given(st.lists(SNIPPETS, max_size=60).map("".join) | st.text(max_size=200))
def test_entities_are_ordered_apart_and_where_they_say(text):
    position = 0
    for entity in scan(text):
        assert position <= entity.start < entity.end <= len(text)
        written = entity.url if isinstance(entity, Link) else entity.text
        assert text[entity.start : entity.end] == written
        position = entity.end


@given(st.text(max_size=60))
def test_the_key_of_a_tag_is_its_own_key(name):
    assert tag_key(tag_key(name)) == tag_key(name)


@pytest.mark.parametrize("piece", ["@a ", "#a ", "https://a.b ", "@a@b.c "])
def test_at_most_so_many_entities_are_found(piece):
    assert len(scan(piece * (MAX_ENTITIES * 3))) == MAX_ENTITIES
    assert len(leading_mentions("@a " * (MAX_ENTITIES * 3))) == MAX_ENTITIES


@pytest.mark.parametrize(
    "piece",
    ["@", "#", "@a@", "@a.", "#a", "http://", "http://a/[", "http://a/(", "@a@b-", ":", "https://é", "@a@é."],
)
def test_a_hundred_thousand_characters_of_nothing_are_read_through(piece):
    assert len(scan(piece * (100_000 // len(piece)))) <= MAX_ENTITIES
