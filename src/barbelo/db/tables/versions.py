"""What statuses were before they were edited, and what they will be when their time has come."""

from sqlalchemy import Boolean, Column, Index, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.tables.metadata import document, metadata, moment, needed, refers, serial

status_edits = Table(
    "status_edits",
    metadata,
    serial(),
    refers("status_id", "statuses.id"),
    needed("content", Text),
    needed("spoiler_text", Text),
    needed("sensitive", Boolean),
    document("emojis"),
    document("media", "'[]'"),  # the rows as they were
    Column("poll_titles", ARRAY(Text)),
    moment(),  # when this version was published
    Index("status_edits_status_id_idx", "status_id", "id"),
)

scheduled_statuses = Table(
    "scheduled_statuses",
    metadata,
    serial(),
    refers("account_id", "accounts.id"),
    refers("app_id", "oauth_apps.id", nullable=True, gone="set null"),
    document("wish"),
    needed("base", Text),  # the public address under which it was wished for
    moment("scheduled_at"),
    moment(),
    Index("scheduled_statuses_account_id_idx", "account_id", "id"),
    Index("scheduled_statuses_app_id_idx", "app_id"),
)
