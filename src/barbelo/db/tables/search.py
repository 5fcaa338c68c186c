"""The words of statuses, by which they are found."""

from sqlalchemy import Boolean, Index, Table
from sqlalchemy.dialects.postgresql import TSVECTOR

from barbelo.db.tables.metadata import metadata, needed, refers

status_words = Table(
    "status_words",
    metadata,
    refers("status_id", "statuses.id", primary_key=True),  # no boosts
    needed("words", TSVECTOR),
    needed("has_link", Boolean, "false"),  # to somewhere; mentions and hashtags do not count
    Index("status_words_words_idx", "words", postgresql_using="gin"),
)
