import pytest

from barbelo.text.bbcode import MAX_DEPTH
from barbelo.text.formats import find_mentions, render
from barbelo.text.pieces import MentionTarget

BBCODE = "text/bbcode"
PEOPLE = {"alice": MentionTarget("alice", "https://here.example/@alice")}
ALICE = '<span class="h-card"><a href="https://here.example/@alice" class="u-url mention">@<span>alice</span></a></span>'
REL = 'target="_blank" rel="nofollow noopener noreferrer"'


def html(source):
    return render(source, BBCODE, mentions=PEOPLE, tag_url=lambda name: f"https://h.example/{name}").html


def shown(url):
    return f'<a href="{url}" {REL}><span class="invisible">https://</span><span>{url.removeprefix("https://")}</span></a>'


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[b]b[/b][i]i[/i][u]u[/u][s]s[/s]", "<p><strong>b</strong><em>i</em><u>u</u><del>s</del></p>"),
        ("[B]b[/b] H[sub]2[/sub]O x[sup]2[/sup]", "<p><strong>b</strong> H<sub>2</sub>O x<sup>2</sup></p>"),
        ("one\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
        ("[url=https://example.org/]text[/url]", f'<p><a href="https://example.org/" {REL}>text</a></p>'),
        (
            '[url="https://example.org/"][b]text[/b][/url]',
            f'<p><a href="https://example.org/" {REL}><strong>text</strong></a></p>',
        ),
        ("[url]https://example.org/a_b[/url]", f"<p>{shown('https://example.org/a_b')}</p>"),
        ("[img]https://example.org/c.png[/img]", f"<p>{shown('https://example.org/c.png')}</p>"),
        ("[url=javascript:alert(1)]x[/url]", "<p><a>x</a></p>"),
        ("[url]javascript:alert(1)[/url]", "<p>javascript:alert(1)</p>"),
        (
            '[url=https://x.example/"onclick="x]y[/url]',
            f'<p><a href="https://x.example/&quot;onclick=&quot;x" {REL}>y</a></p>',
        ),
        (
            "[url=https://a.example]a[url=https://b.example]b[/url][/url]",
            f'<p><a href="https://a.example" {REL}>a[url=https://b.example]b</a>[/url]</p>',
        ),
        ("[quote]a\nb[/quote]\nc", "<blockquote><p>a<br>b</p></blockquote><p>c</p>"),
        (
            "[quote=Bob & co]hi[/quote]",
            "<blockquote><p><strong>Bob &amp; co:</strong></p><p>hi</p></blockquote>",
        ),
        ("[code]\nif [b] < @alice:\n  x\n[/code]", "<pre><code>if [b] &lt; @alice:\n  x</code></pre>"),
        ("[noparse][b]@alice[/b][/noparse]", "<p>[b]@alice[/b]</p>"),
        (
            "[list]\n[*]a\n[*][b]b[/b]\n[/list]after",
            "<ul><li>a</li><li><strong>b</strong></li></ul><p>after</p>",
        ),
        ("[list=1][*]a[list][*]b[/list][*]c[/list]", "<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>"),
        ("[ol][li]a[/li][li]b[/li][/ol]", "<ol><li>a</li><li>b</li></ol>"),
        ("[color=red]r[/color] [size=20]s[/size] [center]c[/center]", "<p>r s c</p>"),
        ("[h1]Title[/h1]text[hr]more", "<h1>Title</h1><p>text</p><hr><p>more</p>"),
        ("[b]open [i]both", "<p><strong>open <em>both</em></strong></p>"),
        ("[b]a[i]b[/b]c[/i]", "<p><strong>a<em>b</em></strong>c[/i]</p>"),
        (
            "[/b] [unknown]x[/unknown] [i think so] a[0] [*]",
            "<p>[/b] [unknown]x[/unknown] [i think so] a[0] [*]</p>",
        ),
        ("[code]never closed [b]x[/b]", "<p>[code]never closed <strong>x</strong></p>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("[b]a[quote]b[/quote]c", "<p><strong>a</strong></p><blockquote><p>b</p></blockquote><p>c</p>"),
    ],
)
def test_bbcode_becomes_html(source, expected):
    assert html(source) == expected


def test_mentions_are_found_in_prose_and_not_in_code_or_links():
    source = (
        "[b]@alice[/b] [code]@bob[/code] [url=https://x.example]@carol[/url] [noparse]@dave[/noparse] @erin"
    )
    assert [mention.key for mention in find_mentions(source, BBCODE)] == ["alice", "erin"]
    assert f"<strong>{ALICE}</strong>" in html(source)


@pytest.mark.parametrize("tag", ["b", "quote", "list", "i"])
def test_nesting_is_bounded_and_the_rest_is_text(tag):
    result = html(f"[{tag}]" * 100 + "x")
    assert f"[{tag}]" in result
    deepest = level = 0
    for part in result.split("<")[1:]:
        level += -1 if part.startswith("/") else 1
        deepest = max(deepest, level)
    assert deepest <= MAX_DEPTH + 2
