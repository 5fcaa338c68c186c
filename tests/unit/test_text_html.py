import html as entities
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbelo.text import html as html_module
from barbelo.text.html import (
    MAX_FIELD_CHARS,
    MAX_HTML_CHARS,
    MAX_NOTE_CHARS,
    clean_text,
    sanitise,
    sanitise_field,
    sanitise_note,
    sanitise_own,
    strip,
)
from barbelo.text.wellform import MAX_DEPTH, MAX_EASY_TAGS, wellformed

REL = 'target="_blank" rel="nofollow noopener noreferrer"'

UNCHANGED = [
    "<p>one<br>two</p><p>three</p>",
    "<p><b>b</b><strong>s</strong><i>i</i><em>e</em><u>u</u><del>d</del><s>s</s><code>c</code></p>",
    "<blockquote><p>quoted</p></blockquote><pre><code>x &lt; y</code></pre>",
    '<ol start="3" reversed=""><li value="7">a</li></ol><ul><li>b</li></ul>',
    "<h1>a</h1><h2>b</h2><h3>c</h3><h4>d</h4><h5>e</h5><h6>f</h6><hr>",
    "<p>H<sub>2</sub>O, x<sup>2</sup>, <small>small</small>, <abbr>e.g.</abbr></p>",
    "<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>",
    '<p lang="de">Guten <span lang="en-GB">morning</span></p>',
    '<p class="quote-inline">RE: x</p>',
    '<blockquote cite="https://example.org/">x</blockquote>',
    f'<a href="https://example.org/?a=1&amp;b=2" {REL}>x</a>',
    f'<a href="gemini://example.org/" {REL}>x</a>',
    f'<a href="mailto:me@example.org" {REL}>x</a>',
    f'<a href="magnet:?xt=urn:btih:abc" {REL}>x</a>',
    f'<span class="h-card" translate="no"><a href="https://example.org/@a" class="u-url mention" {REL}>@<span>a</span></a></span>',
    '<a href="https://example.org/tags/t" class="mention hashtag" target="_blank" rel="tag nofollow noopener noreferrer">#<span>t</span></a>',
    '<a href="https://example.org/" target="_blank" rel="me nofollow noopener noreferrer"><span class="invisible">https://</span><span class="ellipsis">exam</span></a>',
    '<pre><code class="language-py">x</code></pre>',
    "plain &amp; simple &lt;3 \"quoted\" 'text'&nbsp;©",
]


@pytest.mark.parametrize("html", UNCHANGED)
def test_what_is_allowed_stays_as_it_is(html):
    assert sanitise(html) == html


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        ("<script>alert(1)</script>a", "a"),
        ("<SCRIPT SRC=//evil/x.js></SCRIPT>a", "a"),
        ('<p onclick="x()">safe<script>alert(1)</script><img src=x onerror=alert(2)></p>', "<p>safe</p>"),
        ('<a href="javascript:alert(3)">l</a>', "<a>l</a>"),
        ('<a href=" &#106;ava\nscript:alert(1)">l</a>', "<a>l</a>"),
        ('<a href="data:text/html,<script>alert(1)</script>">l</a>', "<a>l</a>"),
        ('<a href="vbscript:x">l</a><a href="file:///etc/passwd">m</a>', "<a>l</a><a>m</a>"),
        (
            '<a href="/oauth/revoke">l</a><a href="//evil.example/">m</a><a href="#x">n</a>',
            "<a>l</a><a>m</a><a>n</a>",
        ),
        ('<iframe src="https://evil.example"></iframe><object data=x></object><embed src=x>a', "a"),
        ("<style>p{position:fixed}</style><p style='position:fixed'>a</p>", "<p>a</p>"),
        ("<svg><script>alert(1)</script><a xlink:href='javascript:x'>t</a></svg>a", "a"),
        ("<svg onload=alert(1)>", ""),
        ("<form action=//evil><input name=password><button>go</button></form>", "go"),
        ("<meta http-equiv=refresh content='0;url=//evil'><base href=//evil>a", "a"),
        ("<!-- c --><![CDATA[x]]><?php y ?>a", "a"),
        ("<p class='mention evil h-card modal'>a</p>", '<p class="mention h-card">a</p>'),
        (
            "<a href=https://x.org target=_self rel='me author' title=t id=i name=n>a</a>",
            '<a href="https://x.org" target="_blank" rel="me nofollow noopener noreferrer">a</a>',
        ),
        ("<span translate=yes lang='<b>'>a</span>", "<span>a</span>"),
        ("<ol start=x><li value=1e9>a</ol>", "<ol><li>a</li></ol>"),
        ("<blockquote cite='javascript:x'>a</blockquote>", "<blockquote>a</blockquote>"),
        ("<pre>\n\n\ncode</pre>", "<pre>code</pre>"),
        ("a\x00b\ud800c\x0bd", "abcd"),
        ("<p>unclosed <b>bold <i>both", "<p>unclosed <b>bold <i>both</i></b></p>"),
        ("</p></i>a</span>", "<p></p>a"),
        ("x < y > z & w", "x &lt; y &gt; z &amp; w"),
        ("a<br/>b<br />c", "a<br>b<br>c"),
    ],
)
def test_what_is_not_allowed_goes(html, clean):
    assert sanitise(html) == clean


MXSS = [
    '<svg><p><style><a id="</style><img src=1 onerror=alert(1)>">',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<form><math><mtext></form><form><mglyph><svg><mtext><style><path id=</style><img onerror=alert(1) src>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<xmp><img src=x onerror=alert(1)></xmp>",
    "<textarea><img src=x onerror=alert(1)>",
    "<plaintext><script>alert(1)</script>",
    "<template><script>alert(1)</script></template>",
    "<title><img src=x onerror=alert(1)></title>",
    "<listing>&lt;img src=x onerror=alert(1)&gt;</listing>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<<script>script>alert(1)</script>",
    "<img src=`x` onerror=alert(1)>",
    "<a href='x' onmouseover='alert(1)' <b>y",
    '<p title="<script>alert(1)</script>">x',
    "<div><table><a href='https://x'><td><a href='https://y'>z",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<b <script>alert(1)</script>0",
    "<noembed><img src=x onerror=alert(1)></noembed>",
]
ALLOWED_TAG = re.compile(
    r"</?(?:a|abbr|b|blockquote|br|code|del|em|h[1-6]|hr|i|li|ol|p|pre|r[bpt]|rtc|ruby|s|small|span|strong|sub|sup|u|ul)"
    r"(?: (?:href|class|target|rel|translate|lang|start|reversed|value|cite|data-user|data-tag)=\"[^\"<>]*\")*>"
)


def harmless(html):
    """Every "<" opens a tag of the list, with attributes of the list and no scheme that runs."""
    assert html.count("<") == len(ALLOWED_TAG.findall(html)), html
    for href in re.findall(r'(?:href|cite)="([^"]*)"', "".join(ALLOWED_TAG.findall(html))):
        assert not re.match(
            r"\s*(?:javascript|data|vbscript|file):", entities.unescape(href), re.IGNORECASE
        ), html
    return True


@pytest.mark.parametrize("html", MXSS)
@pytest.mark.parametrize("clean", [sanitise, sanitise_own, sanitise_note, sanitise_field])
def test_the_classics_of_mutation_are_harmless(clean, html):
    once = clean(html)
    assert harmless(once)
    assert clean(once) == once


BITS = st.sampled_from(
    """<p> </p> <b> </b> <b/a=1> <i> </i> <a/href=https://x.org/> <a/href="javascript:x"> </a> <ul> <li> </li> </ul>
    <ol/start=2> <pre> </pre> <code> </code> <br> <h1> </h1> <blockquote> </blockquote> <div> </div> <table> <td> </td>
    <tr> </table> <svg> <math> <style> </style> <script> </script> <!-- --> <object> </object> <button> <form> <select>
    <ruby> <rt> <rp> <img/class=emoji/alt=':x:'> <template> <textarea> <title> <noscript> <hr> <b/title='>'>
    <span/class='mention'> </span> x & &lt; &amp;lt; &nbsp; < > " ' =""".split()
) | st.sampled_from((" ", "\n", "<b a=1>", "<span class='mention x'>"))
SOUP = st.lists(BITS, max_size=40).map("".join) | st.text(alphabet="<>/ab=\"'& \n!-", max_size=80)


@given(SOUP)
@pytest.mark.parametrize("clean", [sanitise, sanitise_own, sanitise_note, sanitise_field])
def test_sanitising_twice_is_sanitising_once(clean, html):
    once = clean(html)
    assert harmless(once)
    assert clean(once) == once


@given(SOUP.map(lambda html: html * (MAX_EASY_TAGS // max(1, html.count("<")) + 2)))
def test_much_soup_is_sanitised_once_as_well(html):
    once = sanitise(html)
    assert harmless(once)
    assert sanitise(once) == once


HOSTILE = {
    "deep": "<blockquote>" * 8000,
    "lists": "<ul><li>" * 12000,
    "reopened": "<p>" + "".join(f"<b a={n}>" for n in range(3000)) + "</p>" + "<p>x" * 20000,
    "reopened few": "<p>" + "".join(f"<b a={n}>" for n in range(120)) + "</p>" + "<p>x" * 120,
    "ark": "<p>" + "<b><i><u><s>" * 3 + "</p>" + "<p>x" * 20000,
    "hidden closers": '<b "=" x></b>' * 9000,
    "amps": "&" * 150_000,
    "less": "<" * 150_000,
    "quotes": "<a \"'" * 30000 + ">",
    "comments": "<!--" * 40000,
    "tables": "<table>" * 20000,
    "math": "<math>" * 30000,
    "attributes": "<a " + "a" * 150_000 + ">" + "<b>" * 300,
}


@pytest.mark.parametrize("html", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_html_stays_within_size_and_depth(html):
    once = sanitise(html)
    assert len(once) <= MAX_HTML_CHARS
    assert harmless(once)
    assert sanitise(once) == once
    if html.count("<") > MAX_EASY_TAGS:
        assert depth(wellformed(html)) <= MAX_DEPTH


def depth(html):
    deepest = level = 0
    for closing, name in re.findall(r"<(/?)([a-z0-9]+)", html):
        if name not in {"br", "hr"}:
            level += -1 if closing else 1
            deepest = max(deepest, level)
    assert level == 0
    return deepest


def test_too_long_html_is_cut_and_still_whole():
    html = sanitise("<p>" + "<b>word</b> " * 40_000)
    assert 0 < len(html) <= MAX_HTML_CHARS
    assert html.startswith("<p><b>word</b> ")
    assert html.endswith("</p>")
    assert len(sanitise_note("é" * (MAX_NOTE_CHARS + 5))) == MAX_NOTE_CHARS
    assert len(sanitise_field("é" * (MAX_FIELD_CHARS + 5))) == MAX_FIELD_CHARS


def test_blocks_that_are_not_kept_still_part_lines():
    assert sanitise("<div>one</div><div>two</div>") == "one<br>two"
    assert sanitise("<section><p>one</p></section><div>two</div>") == "<p>one</p>two"
    assert (
        sanitise("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>").replace(" ", "")
        == "12<br>3"
    )
    assert sanitise("<dl><dt>a<dd>b</dl>") == "a<br>b"


def test_emoji_pictures_become_shortcodes_and_formulas_their_source():
    assert sanitise('hi <img class="emoji" alt=":blob:" src="https://x.org/b.png">') == "hi :blob:"
    assert sanitise('hi <img alt="a cat" src="https://x.org/c.png">') == "hi "
    formula = (
        '<math display="block"><semantics><mi>x</mi><annotation encoding="application/x-tex">x &lt; y</annotation>'
        "</semantics></math>"
    )
    assert sanitise(f"<p>so {formula} holds</p>") == "<p>so $$x &lt; y$$ holds</p>"


def test_a_field_is_one_line_with_links():
    assert sanitise_field('<p><a rel="me" title="x" href="https://press.example/">press</a></p>') == (
        '<a href="https://press.example/" target="_blank" rel="me nofollow noopener noreferrer">press</a>'
    )
    assert sanitise_field("<p>one</p><p>two<br>three</p>") == "one two three"
    assert sanitise_field("<h1>big</h1> <b>bold</b>\n x") == "big bold x"


def test_own_mentions_stay_bare_and_foreign_ones_do_not():
    mention = '<a href="https://example.org/@a" class="u-url mention">@<span>a</span></a>'
    assert sanitise_own(mention) == mention
    assert f'mention" {REL}' in sanitise(mention)


def test_a_panic_of_the_parser_becomes_text(monkeypatch):
    panic = type("PanicException", (BaseException,), {})

    class Panicking:
        def clean(self, _html):
            raise panic

    monkeypatch.setattr(html_module, "_NOTE", Panicking())
    assert sanitise("<p>a&b</p>").startswith("&")
    assert harmless(sanitise("<script>x</script>"))


def test_an_interrupt_is_not_taken_for_a_panic(monkeypatch):
    class Interrupted:
        def clean(self, _html):
            raise KeyboardInterrupt

    monkeypatch.setattr(html_module, "_NOTE", Interrupted())
    with pytest.raises(KeyboardInterrupt):
        sanitise("a")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a &amp; b</p><p>c</p>", "a & b c"),
        ("CW: <b>food</b><br>meat", "CW: food meat"),
        ("I <3 you", "I <3 you"),
        ("<script>x</script>safe", "safe"),
        ("<p><span>I am the first</span></p>", "I am the first"),
        ("a\x00\n\n b", "a b"),
        ("&lt;b&gt; is a tag", "<b> is a tag"),
    ],
)
def test_strip_leaves_the_bare_text(html, text):
    assert strip(html) == text


def test_clean_text_drops_only_what_cannot_be_kept():
    assert clean_text("a\x00b\x1fc\ud83dd\ufffee") == "abcde"
    kept = "tab\t line\n return\r 😀 \u200d é \u202e"
    assert clean_text(kept) == kept
    clean_text("\udcff😀").encode("utf-8")
