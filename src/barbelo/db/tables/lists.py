"""Lists of people, each with a timeline of its own."""

from sqlalchemy import Boolean, Index, Table, Text, text

from barbelo.db.tables.metadata import metadata, moment, needed, refers, serial

lists = Table(
    "lists",
    metadata,
    serial(),
    refers("account_id", "accounts.id"),
    needed("title", Text),
    needed("replies_policy", Text, "'list'"),  # followed, list, none
    needed("exclusive", Boolean, "false"),  # its members' statuses are not at home
    moment(),
    Index("lists_account_id_idx", "account_id", "id"),
    Index("lists_exclusive_idx", "account_id", "id", postgresql_where=text("exclusive")),
)

list_accounts = Table(
    "list_accounts",
    metadata,
    serial(),
    refers("list_id", "lists.id"),
    refers("account_id", "accounts.id"),
    Index("list_accounts_pair_key", "list_id", "account_id", unique=True),
    Index("list_accounts_list_id_idx", "list_id", "id", postgresql_include=["account_id"]),
    Index("list_accounts_account_id_idx", "account_id", "list_id"),
)
