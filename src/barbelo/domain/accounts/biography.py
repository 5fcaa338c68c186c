"""The note and the fields of a profile of ours: what was typed, made into safe HTML."""

from collections.abc import Sequence

from msgspec import Struct

from barbelo.db.database import Reader
from barbelo.domain.accounts.names import Acct, read_acct
from barbelo.domain.accounts.queries import list_accts
from barbelo.kernel.urls import Urls
from barbelo.text.formats import PLAIN, clean_source, find_mentions
from barbelo.text.pieces import MentionTarget
from barbelo.text.profile import one_line, render_bio, render_field


class FieldSource(Struct, frozen=True):
    """A field as it was typed."""

    name: str
    value: str


class Biography(Struct, frozen=True):
    """Columns of `accounts`, ready to be stored."""

    note: str
    note_source: str
    fields: list[dict[str, str | None]]
    fields_source: list[dict[str, str]]


async def write_biography(reader: Reader, note: str, fields: Sequence[FieldSource], urls: Urls) -> Biography:
    """People who are named in it and whom we know are linked. Raises `TooLarge` far beyond any limit."""
    note = clean_source(note)
    people = await _people(reader, [note, *(field.value for field in fields)], urls)
    rendered = [render_field(field.name, field.value, mentions=people, tag_url=urls.tag) for field in fields]
    return Biography(
        note=render_bio(note, mentions=people, tag_url=urls.tag).html,
        note_source=note,
        fields=[{"name": field.name, "value": field.value, "verified_at": None} for field in rendered],
        fields_source=[{"name": one_line(field.name), "value": one_line(field.value)} for field in fields],
    )


async def _people(reader: Reader, texts: Sequence[str], urls: Urls) -> dict[str, MentionTarget]:
    """By the keys of their mentions, those of us and of others who are named in `texts`."""
    wanted: dict[str, Acct] = {}
    for text in texts:
        for mention in find_mentions(text, PLAIN):
            acct = read_acct(mention.key, urls.host)
            if acct is not None:
                wanted[mention.key] = acct
    found = await list_accts(reader, set(wanted.values()))
    return {
        key: MentionTarget(found[acct].acct, found[acct].url) for key, acct in wanted.items() if acct in found
    }
