"""Direct messages as their readers keep them: whole threads with their state, and the messages one by one."""

from sqlalchemy import Boolean, Index, Table, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.tables.metadata import metadata, needed, refers, serial

participations = Table(
    "participations",
    metadata,
    serial(),  # the id of the conversation, for this account
    refers("account_id", "accounts.id"),
    refers("thread_id", "threads.id"),
    refers("last_status_id", "statuses.id", nullable=True, gone="set null"),  # the order of the list
    needed("unread", Boolean, "false"),
    # Who receives an answer; the owner is always among them. Not a foreign key: whoever is gone is passed over.
    needed("recipients", ARRAY(Uuid())),
    Index("participations_pair_key", "account_id", "thread_id", unique=True),
    Index("participations_account_id_idx", "account_id", text("last_status_id desc")),
    Index("participations_thread_id_idx", "thread_id"),
    Index("participations_unread_idx", "account_id", postgresql_where=text("unread")),
    Index(
        "participations_last_status_id_idx",
        "last_status_id",
        postgresql_where=text("last_status_id is not null"),
    ),
    Index(
        "participations_lost_idx",
        "thread_id",
        "account_id",
        postgresql_where=text("last_status_id is null"),
    ),
)

direct_feed = Table(
    "direct_feed",
    metadata,
    refers("account_id", "accounts.id", primary_key=True),  # one of ours
    refers("status_id", "statuses.id", primary_key=True),
    Index("direct_feed_status_id_idx", "status_id"),
)
