"""Which files of the store are still needed."""

from collections.abc import Sequence

from sqlalchemy import Text, bindparam, func, select, union, union_all
from sqlalchemy.dialects.postgresql import ARRAY, array

from barbelo.db.database import Reader
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.statuses import emojis, media

_PICTURES = [
    accounts.c[name] for name in ("avatar", "avatar_static", "header", "header_static", "background")
]
_given = select(func.unnest(bindparam("paths", type_=ARRAY(Text()))))
_pictures = select(func.unnest(array(_PICTURES)).label("path")).where(accounts.c.host.is_(None)).subquery()

# A join with what is given, also where it is planned for all values: `= any(array)` would then compare each row
# with each path. Turned round (for each path, does nobody name it?) it would be a scan for each column.
_NAMED = statement(
    union_all(
        select(media.c.path).where(media.c.path.in_(_given)),
        select(media.c.preview_path).where(media.c.preview_path.in_(_given)),
        select(emojis.c.path).where(emojis.c.host.is_(None), emojis.c.path.in_(_given)),
        select(_pictures.c.path).where(_pictures.c.path.in_(_given)),
    )
)


ALL_NAMED = statement(
    union(
        select(media.c.path).where(media.c.path.is_not(None)),
        select(media.c.preview_path).where(media.c.preview_path.is_not(None)),
        select(func.unnest(array(_PICTURES))).where(accounts.c.host.is_(None)),
    )
)
"""Every file of the store that a row names, once; and one null. Custom emoji are kept elsewhere (`emoji/`)."""


async def list_unnamed(reader: Reader, paths: Sequence[str]) -> list[str]:
    """Those of `paths` that no row names. One whose row is not committed yet is among them: look at its age too."""
    named = set(await reader.column(_NAMED, paths=list(paths)))
    return [path for path in paths if path not in named]
