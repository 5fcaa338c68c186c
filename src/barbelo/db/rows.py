"""Small words for frequent SQL."""

from sqlalchemy import ColumnElement, FromClause, Table, bindparam, column, exists, literal_column, select
from sqlalchemy import table as light_table
from sqlalchemy.dialects.postgresql import Insert, insert


def some(table: FromClause, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """`exists (select 1 from table where …)`; every other table in the conditions belongs to a query around it.

    SQLAlchemy by itself looks only one level up, and would quietly add a table of the level above that to
    this `from`: a condition that is then true for anybody. Here nothing but `table` can be in it.
    """
    return exists(select(literal_column("1")).select_from(table).where(*conditions).correlate_except(table))


def found(table: FromClause, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Like `some`, for a question about few rows that one index lookup each answers.

    `offset 0` keeps PostgreSQL from turning the question into a join, or into a hash of all that might be asked:
    a plan that is made once for everybody would read the 100,000 mentions of somebody famous to ask for one.
    """
    return exists(
        select(literal_column("1"))
        .select_from(table)
        .where(*conditions)
        .offset(literal_column("0"))
        .correlate_except(table)
    )


def another(table: Table, columns: str) -> FromClause:
    """`table` under one more name, with only these `columns` (separated by spaces): a copy of a wide one is slow to make."""
    return light_table(table.name, *(column(name, table.c[name].type) for name in columns.split())).alias()


def adding(table: Table, columns: str) -> Insert:
    """`insert into table (…) values (…)` with a parameter named like each of the `columns` (separated by spaces)."""
    return insert(table).values({name: bindparam(name) for name in columns.split()})
