"""The tables, one file per subject, without logic: foreign keys cross subjects, so tables have no owners."""

from barbelo.db.tables import (
    accounts,
    auth,
    bookmarks,
    conversations,
    featured,
    filters,
    house,
    lists,
    moderation,
    polls,
    reactions,
    relations,
    search,
    statuses,
    tags,
    timelines,
    versions,
)
from barbelo.db.tables.metadata import metadata

__all__ = [
    "accounts",
    "auth",
    "bookmarks",
    "conversations",
    "featured",
    "filters",
    "house",
    "lists",
    "metadata",
    "moderation",
    "polls",
    "reactions",
    "relations",
    "search",
    "statuses",
    "tags",
    "timelines",
    "versions",
]
