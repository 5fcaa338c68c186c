"""What the statements of all timelines are made of."""

from sqlalchemy import Boolean, Uuid, bindparam, literal_column, select

from barbelo.db.tables.statuses import statuses
from barbelo.kernel.visibility import Visibility

VIEWER = bindparam("viewer", type_=Uuid())
WITH_MUTED = bindparam("with_muted", type_=Boolean())

STATUS_IDS = select(statuses.c.id)

# Exactly the words of the partial indexes `statuses_public_idx` and `statuses_local_idx`.
IN_PUBLIC = literal_column(
    "statuses.visibility in ('public', 'local') and statuses.boost_of_id is null", Boolean
)
IN_LOCAL = literal_column(
    "statuses.local and statuses.visibility in ('public', 'local') and statuses.boost_of_id is null", Boolean
)

PUBLIC = Visibility.PUBLIC.value
