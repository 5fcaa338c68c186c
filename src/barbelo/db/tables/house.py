"""What keeps the house: run-time settings, and wishes that must not be granted twice."""

from sqlalchemy import Column, Index, Table, Text

from barbelo.db.tables.metadata import Name, document, metadata, moment, needed, refers

settings = Table(
    "settings", metadata, Column("key", Name, primary_key=True), document("value"), moment("updated_at")
)

idempotency = Table(
    "idempotency",
    metadata,
    refers("account_id", "accounts.id", primary_key=True),
    Column("method", Name, primary_key=True),
    Column("path", Name, primary_key=True),
    Column("key", Name, primary_key=True),
    needed("kind", Text),  # what was made: status, scheduled status, ...
    needed("made_id", Text),
    needed("request_id", Text),
    moment(),
    Index("idempotency_created_at_idx", "created_at"),
)

parked_jobs = Table(
    "parked_jobs",
    metadata,
    Column("id", Name, primary_key=True),
    needed("job", Name),
    document("payload"),
    needed("reason", Text),
    moment("parked_at"),
    Index("parked_jobs_parked_at_idx", "parked_at"),
)
