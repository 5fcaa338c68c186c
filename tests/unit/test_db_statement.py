"""From SQLAlchemy's expressions to SQL and its parameters: once, at import."""

from uuid import UUID

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.statement import statement

things = Table(
    "things",
    MetaData(),
    Column("id", Uuid),
    Column("size", Integer),
    Column("name", Text),
    Column("red", Boolean),
)
SOMETHING = UUID(int=7)


def sql_of(*conditions):
    made = statement(select(things.c.id).where(*conditions))
    return made, " ".join(made.sql.partition("WHERE ")[2].split())


def test_what_is_known_is_written_and_what_is_not_is_asked_for():
    made, where = sql_of(things.c.size > 0, things.c.name == bindparam("name"), things.c.name != "it's")
    assert (
        where == "things.size > 0::INTEGER AND things.name = $1::VARCHAR AND things.name != 'it''s'::VARCHAR"
    )
    assert made.args({"name": "box"}) == ["box"]


def test_a_name_that_stands_twice_is_one_parameter():
    size = bindparam("size", type_=Integer())
    made, where = sql_of(things.c.size > size, literal(3) > size)
    assert where == "things.size > $1::INTEGER AND 3::INTEGER > $1::INTEGER"
    assert made.args({"size": 2}) == [2]


@pytest.mark.parametrize(
    ("value", "sql"),
    [
        (literal(-1), "(-1)::INTEGER"),
        (literal(SOMETHING, Uuid()), f"'{SOMETHING}'::UUID"),
        (literal("\\ $1 -- '", Text()), "'\\ $1 -- '''::VARCHAR"),
    ],
)
def test_a_value_stays_what_it_is(value, sql):
    made, where = sql_of(things.c.size - value > bindparam("size"))
    assert where == f"things.size - {sql} > $1::INTEGER"
    assert made.args({"size": 1}) == [1]


def test_a_list_hides_how_long_it_is():
    made, where = sql_of(things.c.id == any_(bindparam("ids", type_=ARRAY(Uuid()))), things.c.red)
    assert where == "things.id = ANY ((SELECT $1::UUID[])::UUID[]) AND things.red"
    assert made.args({"ids": [SOMETHING]}) == [[SOMETHING]]


def test_what_has_no_plain_form_is_sent():
    made = statement(text("select :numbers").bindparams(bindparam("numbers", value=[1, 2])))
    assert made.args({}) == [[1, 2]]


@pytest.mark.parametrize("params", [{}, {"size": 1, "name": "box"}])
def test_a_parameter_too_few_or_too_many_is_a_bug(params):
    with pytest.raises(TypeError):
        sql_of(things.c.size == bindparam("size"))[0].args(params)


def test_a_list_that_grows_is_refused():
    with pytest.raises(TypeError, match="any"):
        sql_of(things.c.size.in_(bindparam("sizes", expanding=True)))
