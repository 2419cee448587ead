"""Append-only tables, held by triggers on both engines.

Django's own migrations drop a table's triggers on SQLite whenever a column changes (the table is
rebuilt), so they are laid again after every `migrate` and asserted at start. Rows may be deleted
only under a permit that lives on one connection: sample clearing, import undo, erasure and the
test suite's flush ask for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.db import connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

ModelT = TypeVar("ModelT", bound=type[models.Model])

_APPEND_ONLY: list[type[models.Model]] = []
_UNDELETABLE: list[type[models.Model]] = []
_FIXED_COLUMNS: list[tuple[type[models.Model], tuple[str, ...]]] = []


def append_only(model: ModelT) -> ModelT:
    """Mark a model whose rows are inserted and never changed."""
    _APPEND_ONLY.append(model)
    return model


def undeletable(model: ModelT) -> ModelT:
    """Mark a model whose rows stay, though not every column of them does."""
    _UNDELETABLE.append(model)
    return model


def fixed(*columns: str) -> Any:
    """Mark columns of a model that keep the value they were inserted with."""

    def mark(model: ModelT) -> ModelT:
        _FIXED_COLUMNS.append((model, columns))
        return model

    return mark


class Guard:
    """One trigger: its name, its table, and the SQL that lays it on each engine."""

    def __init__(
        self,
        model: type[models.Model],
        deed: str,
        columns: tuple[str, ...] = (),
        rule: str = "is append-only",
    ) -> None:
        self.table = model._meta.db_table
        self.deed = deed
        self.columns = columns
        self.name = f"headway_{self.table}_{deed}"
        self.sentence = f"{self.table} {rule}"

    def on_sqlite(self) -> list[str]:
        when = "WHEN NOT headway_permit()" if self.deed == "delete" else self._changed("IS NOT")
        return [
            f'DROP TRIGGER IF EXISTS "{self.name}"',
            (
                f'CREATE TRIGGER "{self.name}" BEFORE {self._event()} ON "{self.table}" {when} '
                f"BEGIN SELECT RAISE(ABORT, '{self.sentence}'); END"
            ),
        ]

    def on_postgresql(self) -> list[str]:
        if self.deed == "update":
            head = (
                f'BEFORE {self._event()} ON "{self.table}" FOR EACH ROW {self._changed("IS DISTINCT FROM")}'
            )
        else:
            unit = "FOR EACH STATEMENT" if self.deed == "truncate" else "FOR EACH ROW"
            head = (
                f'BEFORE {self._event()} ON "{self.table}" {unit} '
                "WHEN (coalesce(current_setting('headway.permit', true), '') <> 'delete')"
            )
        return [
            f'DROP TRIGGER IF EXISTS "{self.name}" ON "{self.table}"',
            f"CREATE TRIGGER \"{self.name}\" {head} EXECUTE FUNCTION headway_refuse('{self.sentence}')",
        ]

    def _event(self) -> str:
        if self.deed != "update":
            return self.deed.upper()
        return "UPDATE OF " + ", ".join(f'"{column}"' for column in self.columns)

    def _changed(self, differs: str) -> str:
        tests = " OR ".join(f'NEW."{column}" {differs} OLD."{column}"' for column in self.columns)
        return f"WHEN ({tests})"


def guards(vendor: str) -> list[Guard]:
    found = [
        Guard(model, "update", tuple(str(field.column) for field in model._meta.concrete_fields))
        for model in _APPEND_ONLY
    ]
    for model in (*_APPEND_ONLY, *_UNDELETABLE):
        found.append(Guard(model, "delete"))
        if vendor == "postgresql":
            found.append(Guard(model, "truncate"))
    for model, columns in _FIXED_COLUMNS:
        found.append(Guard(model, "update", columns, f"keeps {', '.join(columns)}: they cannot be changed"))
    return found


def install_guards(using: str = "default", **_: Any) -> None:
    """Lay every trigger again. Runs after `migrate`; tables that do not exist yet are left for later."""
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE OR REPLACE FUNCTION headway_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                "RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; END $$"
            )
        for guard in guards(connection.vendor):
            if guard.table in tables:
                for statement in (
                    guard.on_postgresql() if connection.vendor == "postgresql" else guard.on_sqlite()
                ):
                    cursor.execute(statement)


def missing_guards(using: str = "default") -> list[str]:
    """Return the names of triggers that ought to be there and are not."""
    connection = connections[using]
    query = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        laid = {str(name) for (name,) in cursor.fetchall()}
    expected = [guard.name for guard in guards(connection.vendor)]
    return [name for name in expected if name not in laid]


def assert_guards() -> None:
    missing = missing_guards()
    if missing:
        raise ImproperlyConfigured(
            f"History is not protected: the database lacks {', '.join(missing)}. Run manage.py migrate."
        )


def teach_connection(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Give a new SQLite connection the function its delete triggers ask; closed until a permit opens it."""
    if connection.vendor == "sqlite" and connection.connection is not None:
        connection.connection.create_function(
            "headway_permit", 0, lambda: int(getattr(connection, "headway_permit", False))
        )


@contextmanager
def permit_deletes(using: str = "default") -> Iterator[None]:
    """Let this connection, and no other, delete append-only rows inside the block."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        with transaction.atomic(using=using), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('headway.permit', 'delete', true)")
            yield
            cursor.execute("SELECT set_config('headway.permit', '', true)")
        return
    connection.headway_permit = True  # type: ignore[attr-defined]  # read by the function above
    try:
        yield
    finally:
        connection.headway_permit = False  # type: ignore[attr-defined]
