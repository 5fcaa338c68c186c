"""The tables, one file per subject, without logic: foreign keys cross subjects, so tables have no owners."""

from barbelo.db.tables import accounts, auth, house, polls, relations, statuses, timelines, versions
from barbelo.db.tables.metadata import metadata

__all__ = ["accounts", "auth", "house", "metadata", "polls", "relations", "statuses", "timelines", "versions"]
