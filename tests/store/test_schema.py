"""The records and the tables made of them agree, and every table is described by its grain."""

import dataclasses
import typing

import duckdb
import pytest

from analysis.store import schema

KINDS = {"VARCHAR", "INTEGER", "DOUBLE", "BOOLEAN", "TIMESTAMP", "UTINYINT", "USMALLINT", "JSON"}


@pytest.mark.parametrize("table", schema.TABLES)
def test_a_table_has_the_columns_of_its_record(table: str) -> None:
    record = schema.TABLES[table]
    con = duckdb.connect()
    con.execute(schema.ddl(table))
    made = con.execute(f"DESCRIBE {table}").fetchall()
    assert [row[0] for row in made] == [f.name for f in dataclasses.fields(record)]
    assert {row[1] for row in made} <= KINDS
    hints = typing.get_type_hints(record)
    nullable = {name for name, hint in hints.items() if type(None) in typing.get_args(hint)}
    assert {row[0] for row in made if row[2] == "YES"} == nullable
    assert record.__doc__
    assert not record.__doc__.startswith(f"{record.__name__}(")


def test_what_may_not_be_null_is_refused() -> None:
    con = duckdb.connect()
    con.execute(schema.ddl("response_texts"))
    with pytest.raises(duckdb.ConstraintException):
        con.execute("INSERT INTO response_texts VALUES (1, 'o3', 0, NULL)")
