"""Accounts: people, bots and groups, ours and theirs. The login of one of ours is in `auth`."""

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.tables.metadata import Name, Time, document, flake, metadata, moment, needed, refers

_MARKS = ".,:;@/\\|_+*~=&$#!?()[]{}<>^'\"`-"
SEARCHED = (
    "to_tsvector('simple'::regconfig, translate(username || ' ' || display_name || ' ' || coalesce(host, ''), '"
    + _MARKS.replace("'", "''")
    + f"', '{' ' * len(_MARKS)}'))"
)
"""The words of an account by which it is found, as SQL; a query must say exactly this to use the index.

The marks become spaces first: PostgreSQL's parser would keep `she/her` and `example.org` as single words.
"""

accounts = Table(
    "accounts",
    metadata,
    flake(),
    needed("username", Name),
    needed("username_key", Name),  # lower case: names are told apart without regard to case
    Column("host", Name),  # null: ours
    needed("uri", Name),
    needed("url", Text),
    needed("actor_type", Text, "'Person'"),
    needed("display_name", Text, "''"),
    needed("note", Text, "''"),  # safe HTML
    needed("note_source", Text, "''"),  # as it was typed
    document("fields", "'[]'"),  # [{name, value (safe HTML), verified_at}]
    document("fields_source", "'[]'"),  # [{name, value}] as typed
    document("emojis"),  # {shortcode: url} of a remote profile
    Column("avatar", Text),  # ours: a path in the store; theirs: a URL
    Column("avatar_static", Text),
    needed("avatar_description", Text, "''"),
    Column("header", Text),
    Column("header_static", Text),
    needed("header_description", Text, "''"),
    Column("background", Text),
    needed("locked", Boolean, "false"),
    Column("discoverable", Boolean),
    needed("indexable", Boolean, "false"),
    needed("hide_followers", Boolean, "false"),
    needed("hide_follows", Boolean, "false"),
    needed("hide_followers_count", Boolean, "false"),
    needed("hide_follows_count", Boolean, "false"),
    needed("hide_favourites", Boolean, "true"),
    needed("show_role", Boolean, "true"),
    Column("accepts_chat_messages", Boolean),
    Column("birthday", Text),  # YYYY-MM-DD
    needed("show_birthday", Boolean, "false"),
    needed("tags", ARRAY(Text), "'{}'"),  # set by moderators
    needed("also_known_as", ARRAY(Text), "'{}'"),
    refers("moved_to_id", "accounts.id", nullable=True, gone="set null"),
    needed("statuses_count", Integer, "0"),
    needed("followers_count", Integer, "0"),
    needed("following_count", Integer, "0"),
    Column("last_status_at", Time),
    Column("suspended_at", Time),  # nothing of such an account is shown to anybody
    moment(),
    Index("accounts_name_key", "username_key", "host", unique=True, postgresql_nulls_not_distinct=True),
    Index("accounts_uri_key", "uri", unique=True),
    Index("accounts_search_idx", text(SEARCHED), postgresql_using="gin"),
    Index("accounts_discoverable_idx", "id", postgresql_where=text("discoverable and suspended_at is null")),
    Index("accounts_host_idx", "host", postgresql_where=text("host is not null")),
    Index("accounts_moved_to_id_idx", "moved_to_id", postgresql_where=text("moved_to_id is not null")),
)
