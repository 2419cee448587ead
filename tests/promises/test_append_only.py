"""History is append-only, whoever writes the SQL (promise D5)."""

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from pilots.access.guards import guards, install_guards, permit_deletes
from tests.promises.rows import Rows, our_models

MODELS = {model._meta.db_table: model for model in our_models()}
FIXED = {guard.table: guard.columns for guard in guards("sqlite") if guard.deed == "update"}
APPEND_ONLY = {guard.table for guard in guards("sqlite") if guard.deed == "delete"}
OTHER = {"varchar": "x", "text": "x", "date": "2001-01-01", "datetime": "2001-01-01 00:00:00+00"}


def raw(statement, parameters=()):
    """Run one statement as a person at the database's own prompt would; return what refused it."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            changed = cursor.rowcount
            transaction.set_rollback(True)
    except DatabaseError as error:
        return str(error)
    return f"{changed} rows changed"


def another(field):
    """Return a value no sound row has in this column."""
    kind = field.get_internal_type()
    if kind in {"DateField", "DateTimeField"}:
        return OTHER["date" if kind == "DateField" else "datetime"]
    if kind == "JSONField":
        return '{"rewritten": true}'
    if kind == "BooleanField":
        return True
    if kind == "UUIDField":
        return "f" * 32
    if kind in {"CharField", "TextField", "SlugField", "URLField", "EmailField"}:
        return "x"
    return 987_654


@pytest.fixture
def stored(db):
    rows = Rows()
    return {table: rows.kept(MODELS[table]) for table in FIXED}


def rewritings(stored):
    """Yield each column that must keep its value, and an UPDATE of it."""
    for table, columns in FIXED.items():
        fields = {field.column: field for field in MODELS[table]._meta.concrete_fields}
        for column in columns:
            update = f'UPDATE "{table}" SET "{column}" = %s WHERE id = {stored[table].pk}'
            yield f"{table}.{column}", update, [another(fields[column])]


def test_history_tables_are_all_guarded():
    assert {
        "access_event",
        "pilots_stagetransition",
        "pilots_logentry",
        "pilots_rulesetting",
        "pilots_ending",
        "pilots_scopechange",
    } <= APPEND_ONLY


def test_no_column_of_history_is_rewritten_by_raw_sql(stored):
    said = {name: raw(update, values) for name, update, values in rewritings(stored)}

    wrong = {
        name: words for name, words in said.items() if "append-only" not in words and "keeps" not in words
    }
    assert wrong == {}
    print(f"{len(said)} columns of {len(FIXED)} tables keep what was written")


def test_no_row_of_history_is_deleted_by_raw_sql(stored):
    said = {table: raw(f'DELETE FROM "{table}"') for table in APPEND_ONLY}

    assert {table for table, words in said.items() if "append-only" not in words} == set()


def test_history_is_not_emptied_by_truncate(stored):
    refusal = "append-only"
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # or it is refused for what this test has just stored
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    else:
        refusal = "syntax error"  # SQLite has no such statement
    said = {table: raw(f'TRUNCATE "{table}" CASCADE') for table in APPEND_ONLY}

    assert {table for table, words in said.items() if refusal not in words} == set()


def test_without_the_triggers_history_is_rewritten_and_deleted(stored):
    """The control: the same statements go through when the guards are away."""
    on = ' ON "{table}"' if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for guard in guards(connection.vendor):
            cursor.execute(f'DROP TRIGGER "{guard.name}"' + on.format(table=guard.table))

    changed = [raw(update, values) for name, update, values in rewritings(stored) if name in PLAIN]
    assert changed == ["1 rows changed"] * len(PLAIN)
    assert raw('DELETE FROM "pilots_logentry"') == "1 rows changed"
    install_guards()
    assert "append-only" in raw('DELETE FROM "pilots_logentry"')


PLAIN = ("access_event.verb", "pilots_logentry.text", "pilots_stagetransition.reason", "pilots_waiver.reason")


def test_a_permit_is_of_one_connection_and_ends_with_its_block(stored):
    with permit_deletes():
        assert raw('DELETE FROM "pilots_logentry"') == "1 rows changed"

    assert "append-only" in raw('DELETE FROM "pilots_logentry"')
