"""${up_revision}: ${message}.

Why: what was wrong, what is better now, with a figure.
Lock: which, on what, how long.
Size: rows, seconds.
Way back: how the previous release lives with this.
"""

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    op.execute("")
