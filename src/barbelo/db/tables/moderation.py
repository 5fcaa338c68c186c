"""What people report to those who look after the place."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.tables.metadata import Time, flake, metadata, moment, needed, refers

reports = Table(
    "reports",
    metadata,
    flake(),
    refers("account_id", "accounts.id"),  # who reports
    refers("target_id", "accounts.id"),
    needed("category", Text),
    needed("comment", Text, "''"),
    needed("status_ids", ARRAY(Uuid()), "'{}'"),  # some may be gone by now
    needed("rule_ids", ARRAY(BigInteger), "'{}'"),
    needed("forward", Boolean, "false"),  # to the server of the target, if it is elsewhere
    Column("resolved_at", Time),
    moment(),
    Index("reports_account_id_idx", "account_id"),
    Index("reports_target_id_idx", "target_id", text("id desc")),
    Index("reports_open_idx", text("id desc"), postgresql_where=text("resolved_at is null")),
)
