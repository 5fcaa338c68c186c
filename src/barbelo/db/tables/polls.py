"""Polls, and who has voted for what."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, SmallInteger, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.tables.metadata import Time, metadata, moment, needed, refers, serial

polls = Table(
    "polls",
    metadata,
    serial(),
    refers("status_id", "statuses.id", unique=True),
    needed("titles", ARRAY(Text)),
    needed("tallies", ARRAY(Integer)),  # one for each title; of a remote poll as its server says
    needed("multiple", Boolean, "false"),
    needed("hide_totals", Boolean, "false"),  # until the end
    needed("votes_count", BigInteger, "0"),  # ballots
    needed("voters_count", BigInteger, "0"),  # people
    Column("expires_at", Time),  # null: never
)

poll_votes = Table(
    "poll_votes",
    metadata,
    refers("poll_id", "polls.id", primary_key=True),
    refers("account_id", "accounts.id", primary_key=True),
    needed("choices", ARRAY(SmallInteger)),  # indices, from 0
    moment(),
    Index("poll_votes_account_id_idx", "account_id"),
)
