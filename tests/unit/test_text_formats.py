from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbelo.kernel.errors import TooLarge
from barbelo.text.formats import MAX_SOURCE_CHARS, PLAIN, READERS, find_mentions, render
from barbelo.text.html import MAX_OWN_HTML_CHARS, sanitise_own
from barbelo.text.pieces import MentionTarget
from barbelo.text.plain import to_plain
from barbelo.text.scan import MAX_ENTITIES

HTML, MARKDOWN, BBCODE = "text/html", "text/markdown", "text/bbcode"
FORMATS = sorted(READERS)

PEOPLE = {
    "alice": MentionTarget("alice", "https://here.example/@alice"),
    "rosa@remote.example": MentionTarget("rosa@remote.example", "https://remote.example/@rosa"),
    "alice@remote.example": MentionTarget("alice@remote.example", "https://remote.example/@alice"),
    "tess@localhost:4001": MentionTarget("tess@localhost:4001", "http://localhost:4001/@tess"),
}
ALICE = '<span class="h-card"><a href="https://here.example/@alice" class="u-url mention">@<span>alice</span></a></span>'
ROSA = '<span class="h-card"><a href="https://remote.example/@rosa" class="u-url mention">@<span>rosa</span></a></span>'
CATS = '<a href="https://here.example/tag/cats" class="mention hashtag" rel="tag">#<span>Cats</span></a>'
LINK = (
    '<a href="https://example.org/a_b" target="_blank" rel="nofollow noopener noreferrer">'
    '<span class="invisible">https://</span><span>example.org/a_b</span></a>'
)


def tag_url(name):
    return f"https://here.example/tag/{name}"


def rendered(source, content_type=PLAIN):
    return render(source, content_type, mentions=PEOPLE, tag_url=tag_url)


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("", ""),
        (" \n\t\n ", ""),
        ("hello", "<p>hello</p>"),
        ("one\ntwo\n\nthree\n\n\n\nfour", "<p>one<br>two</p><p>three</p><p>four</p>"),
        ("one\r\ntwo\r\n\r\nthree\rfour", "<p>one<br>two</p><p>three<br>four</p>"),
        ("\n\n  one \n \t \ntwo\n", "<p>  one </p><p>two</p>"),
        ("<b>\"x\"</b> & 'y'\xa0z", "<p>&lt;b&gt;\"x\"&lt;/b&gt; &amp; 'y'&nbsp;z</p>"),
        ("a\x00b\ud800", "<p>ab</p>"),
        ("hi @Alice, @rosa@REMOTE.example! @nobody #Cats", f"<p>hi {ALICE}, {ROSA}! @nobody {CATS}</p>"),
        ("(https://example.org/a_b).", f"<p>({LINK}).</p>"),
        ("alice@remote.example", "<p>alice@remote.example</p>"),
    ],
)
def test_plain_text_in_paragraphs_and_lines(source, html):
    assert rendered(source).html == html


def test_long_addresses_are_shortened_but_whole():
    url = "https://www.example.org/a/very/long/path/that/goes/on?and=on&on=1"
    html = rendered(url).html
    assert html == (
        '<p><a href="https://www.example.org/a/very/long/path/that/goes/on?and=on&amp;on=1" target="_blank"'
        ' rel="nofollow noopener noreferrer"><span class="invisible">https://www.</span>'
        '<span class="ellipsis">example.org/a/very/long/path/t</span>'
        '<span class="invisible">hat/goes/on?and=on&amp;on=1</span></a></p>'
    )
    assert to_plain(html) == url


def test_a_host_with_a_port_is_mentioned():
    result = rendered("@tess@localhost:4001: hello")
    assert result.mentioned == ["tess@localhost:4001"]
    assert 'href="http://localhost:4001/@tess"' in result.html
    assert result.html.endswith(": hello</p>")


def test_two_of_one_name_are_told_apart():
    html = rendered("@alice meets @alice@remote.example").html
    assert "@<span>alice</span>" in html
    assert "@<span>alice@remote.example</span>" in html


def test_one_account_under_two_keys_needs_no_host():
    people = {"alice": PEOPLE["alice"], "alice@here.example": PEOPLE["alice"]}
    result = render("@alice @alice@here.example", PLAIN, mentions=people, tag_url=tag_url)
    assert result.html == f"<p>{ALICE} {ALICE}</p>"
    assert result.mentioned == ["alice", "alice@here.example"]


def test_tags_and_mentions_are_listed_once_in_order():
    result = rendered("#Zoo #cats @rosa@remote.example #CATS @alice #zoo @alice @nobody")
    assert result.tags == ["zoo", "cats"]
    assert result.mentioned == ["rosa@remote.example", "alice"]


@pytest.mark.parametrize("content_type", FORMATS)
def test_every_format_agrees_on_who_is_mentioned(content_type):
    source = (
        "Dear @alice and @rosa@remote.example,\n\nmail me@remote.example about #Cats: https://example.org/a_b"
    )
    result = rendered(source, content_type)
    assert [mention.key for mention in find_mentions(source, content_type)] == [
        "alice",
        "rosa@remote.example",
    ]
    assert (result.mentioned, result.tags) == (["alice", "rosa@remote.example"], ["cats"])
    assert all(part in result.html for part in (ALICE, ROSA, CATS, LINK))


def test_an_unknown_format_is_read_as_plain_text():
    assert rendered("**@alice** <b>", "text/x.unknown") == rendered("**@alice** <b>", PLAIN)


GOLDEN = {
    "german": ("Schöne Grüße aus Köln, @alice! Heute: #Straßenbahn (und „#Cats“).", ["straßenbahn", "cats"]),
    "japanese": (
        "@aliceさん、https://example.org/a_b を見て！\n#猫 #ぼっち・ざ・ろっく",
        ["猫", "ぼっち・ざ・ろっく"],
    ),
    "persian": ("سلام @alice عزیز، #نرم\u200cافزار آزاد", ["نرم\u200cافزار"]),
    "hindi": ("नमस्ते @alice, #हिन्दी में लिखो", ["हिन्दी"]),
    "russian": ("Привет, @alice! #Котики — это хорошо.", ["котики"]),
    "greek": ("Γεια σου @alice #Καλημέρα", ["καλημέρα"]),
    "korean": ("@alice님 안녕하세요 #고양이 입니다", ["고양이"]),
    "emoji": ("🎉 @alice 🏳️‍🌈 #️⃣ #party 👨‍👩‍👧‍👦 :blobcat:", ["party"]),
}


@pytest.mark.parametrize("content_type", FORMATS)
@pytest.mark.parametrize(("source", "tags"), GOLDEN.values(), ids=GOLDEN.keys())
def test_posts_in_many_languages(source, tags, content_type):
    result = rendered(source, content_type)
    assert result.tags == tags
    assert result.mentioned == ["alice"]
    assert ALICE in result.html
    assert to_plain(result.html).replace("\n", "") == source.replace(
        "\n", "" if content_type != HTML else " "
    )


def test_a_reply_as_clients_write_it():
    assert rendered("@rosa@remote.example @alice Yes!\n\nSee https://example.org/a_b").html == (
        f"<p>{ROSA} {ALICE} Yes!</p><p>See {LINK}</p>"
    )


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("<p>hi @alice &amp; #Cats</p>", f"<p>hi {ALICE} &amp; {CATS}</p>"),
        ("<p>https://example.org/a_b</p>", f"<p>{LINK}</p>"),
        ("<code>@alice #Cats</code> <pre>@alice</pre>", "<code>@alice #Cats</code> <pre>@alice</pre>"),
        (
            '<a href="https://x.example/">@alice #Cats</a>',
            '<a href="https://x.example/" target="_blank" rel="nofollow noopener noreferrer">@alice #Cats</a>',
        ),
        ("<script>@alice</script><b title='@alice'>x</b><!-- @alice -->", "<b>x</b>"),
        ("&lt;b&gt; &amp;#Cats @alice&lt;", f"&lt;b&gt; &amp;#Cats {ALICE}&lt;"),
        ("<b>@alice", f"<b>{ALICE}</b>"),
    ],
)
def test_html_is_cleaned_and_linked(source, html):
    result = rendered(source, HTML)
    assert result.html == html
    assert result.mentioned == (["alice"] if ALICE in html else [])


@pytest.mark.parametrize("content_type", FORMATS)
def test_too_long_a_source_is_refused(content_type):
    for deed in (
        lambda source: rendered(source, content_type),
        lambda source: find_mentions(source, content_type),
    ):
        with pytest.raises(TooLarge):
            deed("a" * (MAX_SOURCE_CHARS + 1))


def test_a_name_or_address_cannot_break_out_of_its_link():
    evil = {"alice": MentionTarget('"><script>@x', 'https://e.example/"onclick="x')}
    html = render("@alice #Cats", PLAIN, mentions=evil, tag_url=lambda name: f'"><b>{name}').html
    parser = HTMLParser()
    seen = []
    parser.handle_starttag = lambda tag, attributes: seen.append((tag, [name for name, _ in attributes]))
    parser.feed(html)
    assert seen == [
        ("p", []),
        ("span", ["class"]),
        ("a", ["href", "class"]),
        ("span", []),
        ("a", ["href", "class", "rel"]),
        ("span", []),
    ]


BITS = st.sampled_from(
    """@alice @rosa@remote.example #Cats #1 https://example.org/a_b http:// ** * _ __ ~~ ` ``` > - 1. # ## [ ] ( ) ![
    [b] [/b] [url=https://x.example] [url] [/url] [quote] [/quote] [list] [*] [/list] [code] [/code] [i] [/i] [hr]
    <b> </b> <p> <a/href=https://x.example> </a> <script> <div> <code> </code> & &amp; &lt; < > " ' \\ : x é 猫 --- === |
    [a]: https://x.example/ <https://x.example/> [img] [/img]""".split()
) | st.sampled_from((" ", "\n", "\n\n", "    ", "\r\n", "\x00"))
SOUP = st.lists(BITS, max_size=40).map("".join) | st.text(max_size=120)


@given(SOUP)
@pytest.mark.parametrize("content_type", FORMATS)
def test_what_is_rendered_is_already_clean(content_type, source):
    result = rendered(source, content_type)
    assert sanitise_own(result.html) == result.html


@given(SOUP)
@pytest.mark.parametrize("content_type", FORMATS)
def test_who_is_found_is_who_is_linked(content_type, source):
    found = [mention.key for mention in find_mentions(source, content_type)]
    result = rendered(source, content_type)
    assert result.mentioned == [key for key in dict.fromkeys(found) if key in PEOPLE]
    linked = result.html.count('class="u-url mention"')
    assert linked == sum(key in PEOPLE for key in found)


HOSTILE = "[ * ** _ ` ~~ > @a #a ![ [b] [quote] [code] [url] [url=x] [*] [list] <b> <p> & < </b> http:// http://a/[ ( \\ : |"
HOSTILE = [
    *HOSTILE.split(),
    "@alice ",
    "#a ",
    "a\n",
    "\n",
    "- ",
    "1. ",
    "[](",
    "[a](<",
    "<a ",
    "https://a.b ",
    "*a_ ",
    "[list][*]",
]


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("content_type", FORMATS)
def test_hostile_sources_are_bounded(content_type, piece):
    source = piece * (12_000 // len(piece))
    result = rendered(source, content_type)
    assert len(result.html) <= MAX_OWN_HTML_CHARS
    assert result.html.count('class="mention hashtag"') + result.html.count("u-url mention") <= MAX_ENTITIES
    assert deepest(result.html) <= 60
    assert len(find_mentions(source, content_type)) <= MAX_ENTITIES


def deepest(html):
    depth = level = 0
    for part in html.split("<")[1:]:
        if not part.startswith(("br", "hr")):
            level += -1 if part.startswith("/") else 1
            depth = max(depth, level)
    return depth
