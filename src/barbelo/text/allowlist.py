"""What HTML may contain: tags, attributes, schemes. Said once, for everything that reads or writes HTML.

Source: reference/federation 6.2 (html), reference/mastodon 4, reference/quirks (Mastodon).
"""

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
BLOCKS = HEADINGS | frozenset(("blockquote", "hr", "li", "ol", "p", "pre", "ul"))
INLINE = frozenset(
    "a abbr b br code del em i rb rp rt rtc ruby s small span strong sub sup u".split()  # no images: they are attached
)

ATTRIBUTES = {
    "*": {"lang"},
    "a": {"href", "class", "rel", "translate", "data-user", "data-tag"},
    "span": {"class", "translate"},
    "p": {"class"},
    "code": {"class"},
    "ol": {"start", "reversed"},
    "li": {"value"},
    "blockquote": {"cite"},
}
# The order they are written in; `target` is ours alone.
ATTRIBUTE_ORDER = (
    "href",
    "class",
    "target",
    "rel",
    "translate",
    "lang",
    "start",
    "reversed",
    "value",
    "cite",
    "data-user",
    "data-tag",
)

SCHEMES = frozenset(
    "http https mailto tel xmpp irc ircs gemini gopher magnet matrix dat dweb ipfs ipns ssb".split()
)
FIELD_TAGS = frozenset(("a", "span"))
FIELD_SCHEMES = frozenset(("http", "https", "mailto", "xmpp", "gemini", "matrix", "irc", "ircs"))
