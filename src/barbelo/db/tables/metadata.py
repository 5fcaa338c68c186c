"""What all tables share: one metadata, and the few column shapes that repeat."""

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, MetaData, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

metadata = MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    }
)

Name = Text(collation="C")
"""Text that is ordered, compared or unique: byte by byte, whatever the database's own collation."""

Time = TIMESTAMP(timezone=True)


def flake(name: str = "id", **options: Any) -> Column[Any]:
    return Column(name, Uuid(), primary_key=True, **options)


def serial(name: str = "id") -> Column[Any]:
    """A number that grows, given by the database unless one is brought along from elsewhere."""
    return Column(name, BigInteger(), Identity(always=False), primary_key=True)


def refers(
    name: str, target: str, *, nullable: bool = False, gone: str = "cascade", **options: Any
) -> Column[Any]:
    """A reference; `gone` says what happens when the other row is deleted."""
    return Column(name, ForeignKey(target, ondelete=gone), nullable=nullable, **options)


def needed(name: str, kind: Any, default: str | None = None) -> Column[Any]:
    """Never null; `default` is SQL."""
    return Column(name, kind, nullable=False, server_default=None if default is None else text(default))


def moment(name: str = "created_at", *, nullable: bool = False) -> Column[Any]:
    return Column(name, Time, nullable=nullable)


def document(name: str, default: str = "'{}'") -> Column[Any]:
    return Column(name, JSONB(), nullable=False, server_default=text(default))
