"""Statuses and what hangs on them."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.tables.metadata import Name, Time, document, flake, metadata, moment, needed, refers, serial

threads = Table("threads", metadata, serial(), Column("uri", Name, nullable=False, unique=True), moment())

statuses = Table(
    "statuses",
    metadata,
    flake(),
    refers("account_id", "accounts.id"),
    refers("boost_of_id", "statuses.id", nullable=True),
    refers("in_reply_to_id", "statuses.id", nullable=True, gone="set null"),
    refers("in_reply_to_account_id", "accounts.id", nullable=True, gone="set null"),
    refers("thread_id", "threads.id", nullable=True, gone="set null"),  # a boost has none
    needed("uri", Name),
    Column("url", Text),
    needed("local", Boolean),
    needed("visibility", Text),
    needed("content", Text, "''"),  # safe HTML
    Column("source", Text),  # as it was typed
    needed("content_type", Text, "'text/plain'"),
    needed("spoiler_text", Text, "''"),
    needed("sensitive", Boolean, "false"),
    Column("language", Text),
    refers("app_id", "oauth_apps.id", nullable=True, gone="set null"),
    needed("tags", ARRAY(Text), "'{}'"),  # lower case, in order
    document("emojis"),  # {shortcode: url} of a remote status
    needed("media_count", Integer, "0"),
    needed("mentions_count", Integer, "0"),
    needed("has_poll", Boolean, "false"),
    needed("replies_count", Integer, "0"),
    needed("boosts_count", Integer, "0"),
    needed("likes_count", Integer, "0"),
    needed("reactions_count", Integer, "0"),
    Column("pinned_at", Time),
    Column("edited_at", Time),
    Column("expires_at", Time),  # deleted then
    moment(),
    Index("statuses_uri_key", "uri", unique=True),
    Index("statuses_url_idx", "url", postgresql_using="hash", postgresql_where=text("url is not null")),
    Index("statuses_account_id_idx", "account_id", text("id desc")),
    Index(
        "statuses_boost_key",
        "boost_of_id",
        "account_id",
        unique=True,
        postgresql_where=text("boost_of_id is not null"),
    ),
    Index(
        "statuses_in_reply_to_id_idx", "in_reply_to_id", postgresql_where=text("in_reply_to_id is not null")
    ),
    Index(
        "statuses_in_reply_to_account_id_idx",
        "in_reply_to_account_id",
        postgresql_where=text("in_reply_to_account_id is not null"),
    ),
    Index("statuses_thread_id_idx", "thread_id", "id", postgresql_where=text("thread_id is not null")),
    Index(
        "statuses_public_idx",
        text("id desc"),
        postgresql_where=text("visibility in ('public', 'local') and boost_of_id is null"),
    ),
    Index(
        "statuses_local_idx",
        text("id desc"),
        postgresql_where=text("local and visibility in ('public', 'local') and boost_of_id is null"),
    ),
    Index("statuses_pinned_idx", "account_id", "pinned_at", postgresql_where=text("pinned_at is not null")),
    Index(
        "statuses_media_idx",
        "account_id",
        text("id desc"),
        postgresql_where=text("media_count > 0 and boost_of_id is null"),
    ),
    Index(
        "statuses_tagged_idx",
        "account_id",
        text("id desc"),
        postgresql_where=text("cardinality(tags) > 0"),
    ),
    Index("statuses_app_id_idx", "app_id", postgresql_where=text("app_id is not null")),
)

mentions = Table(
    "mentions",
    metadata,
    refers("status_id", "statuses.id", primary_key=True),
    refers("account_id", "accounts.id", primary_key=True),
    Index("mentions_account_id_idx", "account_id", text("status_id desc")),
)

status_tags = Table(
    "status_tags",
    metadata,
    Column("tag", Name, primary_key=True),  # lower case, without #
    refers("status_id", "statuses.id", primary_key=True),
    Index("status_tags_status_id_idx", "status_id"),
)

likes = Table(
    "likes",
    metadata,
    serial(),
    refers("account_id", "accounts.id"),
    refers("status_id", "statuses.id"),
    moment(),
    Index("likes_pair_key", "status_id", "account_id", unique=True),
    Index("likes_account_id_idx", "account_id", "id"),
)

bookmarks = Table(
    "bookmarks",
    metadata,
    serial(),
    refers("account_id", "accounts.id"),
    refers("status_id", "statuses.id"),
    refers("folder_id", "bookmark_folders.id", nullable=True, gone="set null"),
    moment(),
    Index("bookmarks_pair_key", "status_id", "account_id", unique=True),
    Index("bookmarks_account_id_idx", "account_id", "id"),
    Index("bookmarks_folder_id_idx", "folder_id", "id", postgresql_where=text("folder_id is not null")),
)

thread_mutes = Table(
    "thread_mutes",
    metadata,
    refers("account_id", "accounts.id", primary_key=True),
    refers("thread_id", "threads.id", primary_key=True),
    Column("expires_at", Time),
    moment(),
    Index("thread_mutes_thread_id_idx", "thread_id", "account_id"),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("uri", Name, primary_key=True),  # what was here and must not come back
    moment("deleted_at"),
)

media = Table(
    "media",
    metadata,
    serial(),
    refers("account_id", "accounts.id"),
    refers("status_id", "statuses.id", nullable=True, gone="set null"),  # null: not attached (any more)
    needed("position", Integer, "0"),
    needed("kind", Text),  # image, gifv, video, audio, unknown
    needed("mime", Text),
    Column("path", Text),  # in the store; null while it is remote only
    Column("preview_path", Text),
    Column("remote_url", Text),
    needed("name", Text, "''"),
    needed("description", Text, "''"),
    Column("blurhash", Text),
    document("meta"),  # as clients see it: {original, small, focus}
    needed("size_bytes", BigInteger, "0"),
    moment(),
    Index("media_status_id_idx", "status_id", postgresql_where=text("status_id is not null")),
    Index("media_account_id_idx", "account_id", "id"),
    Index("media_unattached_idx", "created_at", postgresql_where=text("status_id is null")),
    Index("media_path_idx", "path"),
)

emojis = Table(
    "emojis",
    metadata,
    serial(),
    needed("shortcode", Name),
    Column("host", Name),  # null: ours
    needed("path", Text),  # ours: below /emoji; theirs: a URL
    Column("category", Text),
    needed("tags", ARRAY(Text), "'{}'"),
    needed("visible_in_picker", Boolean, "true"),
    Index("emojis_shortcode_key", "shortcode", "host", unique=True, postgresql_nulls_not_distinct=True),
)
