import pytest

from barbelo.text.formats import find_mentions, render
from barbelo.text.pieces import MentionTarget

MARKDOWN = "text/markdown"
PEOPLE = {"alice": MentionTarget("alice", "https://here.example/@alice")}
ALICE = '<span class="h-card"><a href="https://here.example/@alice" class="u-url mention">@<span>alice</span></a></span>'
CATS = '<a href="/tag/cats" class="mention hashtag" rel="tag">#<span>Cats</span></a>'.replace(
    "/tag", "https://h.example/tag"
)
REL = 'target="_blank" rel="nofollow noopener noreferrer"'


def link(url, shown=None):
    scheme, _, rest = url.partition("//")
    return f'<a href="{url}" {REL}><span class="invisible">{scheme}//</span><span>{shown or rest}</span></a>'


def html(source):
    return render(
        source, MARKDOWN, mentions=PEOPLE, tag_url=lambda name: f"https://h.example/tag/{name}"
    ).html


def keys(source):
    return [mention.key for mention in find_mentions(source, MARKDOWN)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "**bold** *it* __b__ _i_ ~~gone~~ `code`",
            "<p><strong>bold</strong> <em>it</em> <strong>b</strong> <em>i</em> <del>gone</del> <code>code</code></p>",
        ),
        ("one\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
        ("# One\n\n###### Six", "<h1>One</h1><h6>Six</h6>"),
        ("- a\n- b\n  1. c\n", "<ul><li>a</li><li>b<ol><li>c</li></ol></li></ul>"),
        ("3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'),
        ("- a\n\n- b", "<ul><li><p>a</p></li><li><p>b</p></li></ul>"),
        ("> quoted\n> more\n\nmine", "<blockquote><p>quoted<br>more</p></blockquote><p>mine</p>"),
        ("```py\nif x < 1:\n    y\n```", '<pre><code class="language-py">if x &lt; 1:\n    y</code></pre>'),
        ('```"><script>\nx\n```', "<pre><code>x</code></pre>"),
        ("a\n\n    indented", "<p>a</p><pre><code>indented</code></pre>"),
        ("a\n\n---\n\nb", "<p>a</p><hr><p>b</p>"),
        (
            "[text](https://example.org/a_b 'title')",
            f'<p><a href="https://example.org/a_b" {REL}>text</a></p>',
        ),
        ("[ref]\n\n[ref]: https://example.org/", f'<p><a href="https://example.org/" {REL}>ref</a></p>'),
        ("<https://example.org/x>", f"<p>{link('https://example.org/x')}</p>"),
        ("<https://example.org/x>http: x", f"<p>{link('https://example.org/x')}http: x</p>"),
        ("<me@example.org>", f'<p><a href="mailto:me@example.org" {REL}>me@example.org</a></p>'),
        (
            "![a cat](https://example.org/c.png)",
            f'<p><a href="https://example.org/c.png" {REL}>a cat</a></p>',
        ),
        (
            "[![a cat](https://i.example/c.png)](https://example.org/)",
            f'<p><a href="https://example.org/" {REL}>a cat</a></p>',
        ),
        (
            "[x](javascript:alert(1)) [y](data:text/html,x)",
            "<p>[x](javascript:alert(1)) [y](data:text/html,x)</p>",
        ),
        (
            "<script>alert(1)</script> <b onclick=x>b</b>",
            "<p>&lt;script&gt;alert(1)&lt;/script&gt; &lt;b onclick=x&gt;b&lt;/b&gt;</p>",
        ),
        ("a &amp; b &copy; &lt;", "<p>a &amp; b © &lt;</p>"),
        ("2 * 3 * 4 and snake_case_word", "<p>2 * 3 * 4 and snake_case_word</p>"),
    ],
)
def test_markdown_becomes_html(source, expected):
    assert html(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "`@alice #Cats`",
        "``a ` @alice``",
        "```\n@alice #Cats https://example.org/\n```",
        "~~~\n@alice\n~~~",
        "para\n\n    @alice #Cats",
        "[@alice #Cats](https://example.org/)",
        "[see *@alice*](https://example.org/)",
        "![@alice](https://example.org/)",
        "<https://example.org/@alice#Cats>",
        r"\@alice \#Cats",
        "&#64;alice &num;Cats",
        "me@alice.example",
        "https://example.org/@alice",
        '[x](https://example.org/ "@alice")',
        "[r]\n\n[r]: https://example.org/@alice '@alice'",
    ],
)
def test_code_links_and_escapes_hide_mentions_and_tags(source):
    assert keys(source) == []
    assert "mention" not in html(source)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("**@alice** _#Cats_", f"<p><strong>{ALICE}</strong> <em>{CATS}</em></p>"),
        ("# @alice", f"<h1>{ALICE}</h1>"),
        ("#Cats at the start", f"<p>{CATS} at the start</p>"),
        ("- @alice\n- > #Cats", f"<ul><li>{ALICE}</li><li><blockquote><p>{CATS}</p></blockquote></li></ul>"),
        ("[@alice] (@alice)", f"<p>[{ALICE}] ({ALICE})</p>"),
        ("<b>@alice</b>", f"<p>&lt;b&gt;{ALICE}&lt;/b&gt;</p>"),
        ("`x`@alice", f"<p><code>x</code>{ALICE}</p>"),
    ],
)
def test_mentions_and_tags_in_prose_are_linked(source, expected):
    assert html(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("https://example.org/_a_/b_c_d", f"<p>{link('https://example.org/_a_/b_c_d')}</p>"),
        ("https://example.org/a*b*c", f"<p>{link('https://example.org/a*b*c')}</p>"),
        ("*see https://example.org/a*", f"<p><em>see {link('https://example.org/a')}</em></p>"),
        ("_see https://example.org_", f"<p><em>see {link('https://example.org')}</em></p>"),
        ("**https://example.org/a**", f"<p><strong>{link('https://example.org/a')}</strong></p>"),
        ("~~https://example.org/a~~", f"<p><del>{link('https://example.org/a')}</del></p>"),
        ("(https://example.org/a_(b))", f"<p>({link('https://example.org/a_(b)')})</p>"),
        ("[https://example.org/a]", f"<p>[{link('https://example.org/a')}]</p>"),
        ("HTTPS://example.org", f"<p>{link('HTTPS://example.org')}</p>"),
        (r"https\://example.org", "<p>https://example.org</p>"),
        ("@snake_case_name @a__b__c", "<p>@snake_case_name @a__b__c</p>"),
    ],
)
def test_underscores_and_stars_in_addresses_are_no_emphasis(source, expected):
    assert html(source) == expected


def test_nobody_is_mentioned_by_half_a_name():
    assert keys("@snake_case_name@ex_ample.org @a__b") == ["snake_case_name@ex_ample.org", "a__b"]
