"""Filters: what somebody does not want to read."""

from sqlalchemy import Boolean, Column, Index, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.tables.metadata import Time, metadata, moment, needed, refers, serial

filters = Table(
    "filters",
    metadata,
    serial(),
    refers("account_id", "accounts.id"),
    needed("title", Text),
    needed("contexts", ARRAY(Text)),  # home, notifications, public, thread, account
    needed("action", Text, "'warn'"),  # warn, hide, blur
    Column("expires_at", Time),  # null: never
    moment(),
    Index("filters_account_id_idx", "account_id", "id"),
)

filter_keywords = Table(
    "filter_keywords",
    metadata,
    serial(),
    refers("filter_id", "filters.id"),
    needed("keyword", Text),
    needed("whole_word", Boolean, "true"),
    Index("filter_keywords_filter_id_idx", "filter_id", "id"),
)

filter_statuses = Table(
    "filter_statuses",
    metadata,
    serial(),
    refers("filter_id", "filters.id"),
    refers("status_id", "statuses.id"),
    Index("filter_statuses_pair_key", "filter_id", "status_id", unique=True),
    Index("filter_statuses_status_id_idx", "status_id"),
)
