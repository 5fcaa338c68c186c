"""The HTML of links, mentions and hashtags, exactly as clients know it.

Source: reference/mastodon 4 ("HTML: clients render"). What is made here is already in the form the
sanitiser gives (attribute order, escapes), so that cleaning it again changes nothing.
"""

import re

LINK_REL = "nofollow noopener noreferrer"
SHOWN_CHARS = 30  # of an address; the rest is there for copying, but hidden

_PREFIX = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)


def escape(text: str) -> str:
    """Text as HTML text, spelt as browsers (and the sanitiser) spell it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\xa0", "&nbsp;")


def escape_attribute(text: str) -> str:
    """Text as the inside of a double-quoted attribute."""
    return escape(text).replace('"', "&quot;")


def link(url: str, *, rel: str = LINK_REL) -> str:
    """A bare address: scheme hidden, long tails hidden behind an ellipsis."""
    prefix = match[0] if (match := _PREFIX.match(url)) else ""
    shown, hidden = url[len(prefix) : len(prefix) + SHOWN_CHARS], url[len(prefix) + SHOWN_CHARS :]
    inside = f'<span class="invisible">{escape(prefix)}</span>'
    if hidden:
        inside += (
            f'<span class="ellipsis">{escape(shown)}</span><span class="invisible">{escape(hidden)}</span>'
        )
    else:
        inside += f"<span>{escape(shown)}</span>"
    return f'<a href="{escape_attribute(url)}" target="_blank" rel="{rel}">{inside}</a>'


def mention(name: str, url: str) -> str:
    """`name` as shown, without its sign: `alice`, or `alice@example.org` where two are called alice."""
    return (
        f'<span class="h-card"><a href="{escape_attribute(url)}" class="u-url mention">'
        f"@<span>{escape(name)}</span></a></span>"
    )


def hashtag(name: str, url: str) -> str:
    return f'<a href="{escape_attribute(url)}" class="mention hashtag" rel="tag">#<span>{escape(name)}</span></a>'
