"""Finding pg_dump, and not telling a password to everybody."""

import pytest

from barbelo.cli.postgres_tools import ToolFailed, find_tool, split_password


@pytest.mark.parametrize(
    ("dsn", "address", "password"),
    [
        ("postgresql://me:geheim@db:5433/x", "postgresql://me@db:5433/x", "geheim"),
        (
            "postgresql://me:g%40h%2Feim@db/x?sslmode=require",
            "postgresql://me@db/x?sslmode=require",
            "g@h/eim",
        ),
        ("postgresql://me@/x?host=/run/pg&password=a%26b", "postgresql://me@/x?host=/run/pg", "a&b"),
        ("postgresql://me:a@one:1,two:2/x", "postgresql://me@one:1,two:2/x", "a"),
        ("postgresql:///x?host=/run/pg", "postgresql:///x?host=/run/pg", ""),
    ],
)
def test_a_password_is_not_said_where_every_user_can_read_it(dsn, address, password):
    assert split_password(dsn) == (address, password)


def test_a_missing_version_is_named_with_the_package_that_has_it():
    with pytest.raises(
        ToolFailed, match=r"pg_dump of that version is not here \(found: .*18.*postgresql-client-99"
    ):
        find_tool("pg_dump", 99, own_first=True)
