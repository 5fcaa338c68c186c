"""Cleaning of HTML, ours and that of strangers: an allow-list, enforced by a real HTML5 parser (nh3).

What comes out is in one canonical form, is a fixed point (cleaning it again changes nothing) and is
never longer than its limit. Nothing here raises: what cannot be cleaned becomes plain text.
The list itself is in `allowlist`.
"""

import html as entities
import re
from functools import partial

import nh3

from barbelo.text.allowlist import (
    ATTRIBUTE_ORDER,
    ATTRIBUTES,
    BLOCKS,
    FIELD_SCHEMES,
    FIELD_TAGS,
    INLINE,
    SCHEMES,
)
from barbelo.text.anchors import LINK_REL, escape
from barbelo.text.wellform import needs_forming, wellformed

MAX_HTML_CHARS = 200_000
MAX_OWN_HTML_CHARS = 1_000_000  # sources are bounded; a thousand links make long HTML
MAX_NOTE_CHARS = 20_000
MAX_FIELD_CHARS = 4_000
MAX_PASSES = 4  # until the form is stable; two nearly always suffice

# What may not stand in XML 1.0 (feeds), in a PostgreSQL text (NUL) or in UTF-8 (lone surrogates).
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_NOTE = nh3.Cleaner(
    tags=set(INLINE | BLOCKS),
    attributes=ATTRIBUTES,
    url_schemes=set(SCHEMES),
    url_relative="deny",
    link_rel=None,
)
_FIELD = nh3.Cleaner(
    tags=set(FIELD_TAGS),
    attributes={name: ATTRIBUTES[name] for name in FIELD_TAGS},
    url_schemes=set(FIELD_SCHEMES),
    url_relative="deny",
    link_rel=None,
)
_NOTHING = nh3.Cleaner(tags=set(), attributes={}, link_rel=None)

# These work on what nh3 has written, where "<" and a quote inside a value are always escaped.
_TAG = re.compile(r"<([a-z][a-z0-9]*)((?: [a-z-]+=\"[^\"]*\")+)>")
_ATTRIBUTE = re.compile(r" ([a-z-]+)=\"([^\"]*)\"")
_PRE_OPENING = re.compile(r"<pre>\n+")
_CLASS = re.compile(r"(?:[hpue]|dt)-[a-z0-9-]{1,40}|mention|hashtag|ellipsis|invisible|quote-inline")
_LANGUAGE_CLASS = re.compile(r"language-[A-Za-z0-9_+#.-]{1,40}")
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,9}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")
_WEB = re.compile(r"https?://", re.IGNORECASE)
_KEPT_RELS = ("me", "tag")
_BETWEEN_BLOCKS = re.compile(r"</?(?:p|br|li|div|h[1-6]|blockquote|tr)\b", re.IGNORECASE)


def clean_text(text: str) -> str:
    """Text that every part of the house can keep: no NUL, no control characters, no lone surrogates."""
    return _UNFIT.sub("", text)


def sanitise(html: str) -> str:
    """HTML of strangers, made harmless. Every link opens elsewhere and vouches for nothing."""
    return _stable(html, _NOTE, MAX_HTML_CHARS, bare_mentions=False)


def sanitise_own(html: str) -> str:
    """HTML that we have just rendered; mentions and hashtags stay as bare as clients expect ours to be."""
    return _stable(html, _NOTE, MAX_OWN_HTML_CHARS, bare_mentions=True)


def sanitise_note(html: str) -> str:
    """The profile text (bio) of a stranger."""
    return _stable(html, _NOTE, MAX_NOTE_CHARS, bare_mentions=False)


def sanitise_field(html: str) -> str:
    """The value of a profile field: one line with links, nothing else. Source: reference/federation 5 (attachment)."""
    spaced = _BETWEEN_BLOCKS.sub(lambda match: " " + match[0], html[:MAX_FIELD_CHARS])
    return " ".join(_stable(spaced, _FIELD, MAX_FIELD_CHARS, bare_mentions=False).split())


def strip(html: str) -> str:
    """The bare text of any HTML, hostile or not, in one line; entities decoded."""
    spaced = _BETWEEN_BLOCKS.sub(lambda match: " " + match[0], clean_text(html[:MAX_HTML_CHARS]))
    if needs_forming(spaced):
        spaced = wellformed(spaced)
    return " ".join(entities.unescape(_cleaned(spaced, _NOTHING)).split())


def _stable(html: str, cleaner: nh3.Cleaner, limit: int, *, bare_mentions: bool) -> str:
    """Clean until nothing changes any more. A tree that had tags taken out of it may parse otherwise the next time."""
    html = clean_text(html[:limit])
    result = _once(html, cleaner, bare_mentions=bare_mentions)
    for _ in range(MAX_PASSES):
        while len(result) > limit:
            html = html[: min(len(html) * limit // len(result), len(html) * 3 // 4)]
            result = _once(html, cleaner, bare_mentions=bare_mentions)
        again = _once(result, cleaner, bare_mentions=bare_mentions)
        if again == result:
            return result
        html = result = again
    return escape(strip(result))[:limit]


def _once(html: str, cleaner: nh3.Cleaner, *, bare_mentions: bool) -> str:
    if needs_forming(html):
        html = wellformed(html)
    cleaned = _PRE_OPENING.sub("<pre>", _cleaned(html, cleaner))
    if '="' not in cleaned:
        return cleaned
    return _TAG.sub(partial(_rewritten, bare_mentions=bare_mentions), cleaned)


def _cleaned(html: str, cleaner: nh3.Cleaner) -> str:
    """What nh3 leaves. A panic in it (Rust) arrives as a BaseException that is no Exception."""
    try:
        return cleaner.clean(html)
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        return escape(html)


def _rewritten(tag: re.Match[str], *, bare_mentions: bool) -> str:
    """One opening tag with its attributes checked and in the canonical order."""
    name = tag[1]
    values = {key: value for key, value in _ATTRIBUTE.findall(tag[2]) if _is_fit(key, value)}
    if "class" in values:
        values["class"] = _kept_classes(name, values["class"])
    if name == "a":
        bare = bare_mentions and "mention" in values.get("class", "").split()
        rels = [rel for rel in values.pop("rel", "").split() if rel in _KEPT_RELS]
        if "href" in values and not bare:
            values["target"] = "_blank"
            rels.append(LINK_REL)
        values["rel"] = " ".join(rels)
    written = (
        f' {key}="{values[key]}"'
        for key in ATTRIBUTE_ORDER
        if values.get(key) or (key == "reversed" and key in values)
    )
    return f"<{name}{''.join(written)}>"


def _is_fit(name: str, value: str) -> bool:
    match name:
        case "translate":
            return value == "no"
        case "lang":
            return _LANGUAGE.fullmatch(value) is not None
        case "start" | "value":
            return _WHOLE_NUMBER.fullmatch(value) is not None
        case "cite":
            return _WEB.match(value) is not None
        case _:
            return True


def _kept_classes(name: str, value: str) -> str:
    allowed = _LANGUAGE_CLASS if name == "code" else _CLASS
    return " ".join(word for word in value.split() if allowed.fullmatch(word))
