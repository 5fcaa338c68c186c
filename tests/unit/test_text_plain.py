import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbelo.text.formats import PLAIN, render
from barbelo.text.html import sanitise
from barbelo.text.pieces import MentionTarget
from barbelo.text.plain import to_plain


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("just text", "just text"),
        ("a &amp; b &lt;3 &quot;c&quot; &#39;d&#39;", "a & b <3 \"c\" 'd'"),
        ("<p>a<br>b</p><p>c</p>", "a\nb\n\nc"),
        ("a<br/>b", "a\nb"),
        ("<p></p><p>x</p><p></p>", "x"),
        ("text<p>para</p>more", "text\n\npara\n\nmore"),
        ("<p>Hi</p>\n<p>you\nthere</p>", "Hi\n\nyou there"),
        ("<h1>T</h1><p>x</p><blockquote><p>q</p></blockquote>y", "T\n\nx\n\nq\n\ny"),
        ("<ul><li>a</li><li><p>b</p></li></ul><p>c</p>", "- a\n- b\n\nc"),
        ('<ol start="3"><li>x<ul><li>y</li></ul></li><li>z</li></ol>', "3. x\n  - y\n4. z"),
        ("<pre><code>if x:\n    y\n\n\n    z</code></pre>after", "if x:\n    y\n\n\n    z\n\nafter"),
        ("a<hr>b", "a\n\nb"),
        (
            '<p><span class="h-card"><a href="https://x.org/@ada" class="u-url mention">@<span>ada</span></a></span> hi</p>',
            "@ada hi",
        ),
        (
            '<a><span class="invisible">https://www.</span><span class="ellipsis">example.org/a</span><span class="invisible">/b</span></a>',
            "https://www.example.org/a/b",
        ),
        ('<p><a href="https://x.org/t" class="mention hashtag" rel="tag">#<span>Tag</span></a></p>', "#Tag"),
    ],
)
def test_html_reads_as_a_person_would_read_it(html, text):
    assert to_plain(html) == text


LINES = st.text(
    alphabet=st.characters(exclude_categories=["Cc", "Cs", "Z"], exclude_characters="@#＃:"), min_size=1
)
POSTS = st.lists(st.lists(LINES, min_size=1, max_size=3).map("\n".join), min_size=1, max_size=4).map(
    "\n\n".join
)


@given(POSTS.filter(lambda text: "\ufffe" not in text and "\uffff" not in text))
def test_plain_text_comes_back_as_it_went(source):
    assert to_plain(render(source, PLAIN, mentions={}, tag_url=str).html) == source.strip()


def test_a_post_with_everything_comes_back_but_for_the_hosts():
    source = "@ada@example.org look: https://example.org/a_very/long/path?with=a&query=b\n\n#Cats & <dogs>"
    rendered = render(
        source,
        PLAIN,
        mentions={"ada@example.org": MentionTarget("ada@example.org", "https://e/@ada")},
        tag_url=str,
    )
    assert to_plain(rendered.html) == source.replace("@ada@example.org", "@ada")


@given(st.text(alphabet="<>/pbrulioe \n&;a", max_size=60).map(sanitise))
def test_no_tag_survives(html):
    assert "<p>" not in to_plain(html.replace("&lt;", "").replace("&amp;", ""))


def test_deep_lists_are_indented_within_bounds():
    assert len(to_plain("<ul><li>" * 5000)) < 5000 * 30
