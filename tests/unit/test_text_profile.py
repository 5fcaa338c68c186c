from barbelo.text.formats import PLAIN, find_mentions
from barbelo.text.pieces import MentionTarget
from barbelo.text.profile import one_line, render_bio, render_field

ADA = {"ada": MentionTarget("ada", "https://here.example/@ada")}


def tag_url(name):
    return f"https://here.example/tag/{name}"


def test_a_bio_has_lines_links_mentions_and_tags():
    source = "Painter, <3 cats\r\nwith @ada\n\n#Art https://example.org/"
    assert [mention.key for mention in find_mentions(source, PLAIN)] == ["ada"]
    bio = render_bio(source, mentions=ADA, tag_url=tag_url)
    assert bio.html == (
        "<p>Painter, &lt;3 cats<br>with "
        '<span class="h-card"><a href="https://here.example/@ada" class="u-url mention">@<span>ada</span></a></span></p>'
        '<p><a href="https://here.example/tag/art" class="mention hashtag" rel="tag">#<span>Art</span></a> '
        '<a href="https://example.org/" target="_blank" rel="nofollow noopener noreferrer">'
        '<span class="invisible">https://</span><span>example.org/</span></a></p>'
    )
    assert (bio.tags, bio.mentioned) == (["art"], ["ada"])


def test_an_empty_bio_is_empty():
    assert render_bio(" \n ", mentions={}, tag_url=tag_url).html == ""


def test_the_address_of_a_field_says_this_is_me():
    field = render_field(" Web\nsite ", " https://example.org/~me ", mentions={}, tag_url=tag_url)
    assert field.name == "Web site"
    assert field.value == (
        '<a href="https://example.org/~me" target="_blank" rel="me nofollow noopener noreferrer">'
        '<span class="invisible">https://</span><span>example.org/~me</span></a>'
    )


def test_a_field_is_text_where_it_is_text():
    field = render_field("<b>", "they/them & <script>\nco", mentions={}, tag_url=tag_url)
    assert field.name == "<b>"
    assert field.value == "they/them &amp; &lt;script&gt; co"


def test_a_field_may_mention_and_tag():
    field = render_field("friend", "@ada #Art @nobody", mentions=ADA, tag_url=tag_url)
    assert 'class="u-url mention">@<span>ada</span>' in field.value
    assert 'rel="tag">#<span>Art</span>' in field.value
    assert field.value.endswith(" @nobody")


def test_one_line_is_one_clean_line():
    assert one_line("  a\x00\n\tb \u2028 c ") == "a b c"
