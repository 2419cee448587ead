"""Writes many rows of a table by one prepared statement.

`bulk_create` and `bulk_update` compile every value of every row into SQL, and on SQLite no statement of
theirs takes more than 999: that was two thirds of the time in which 10,000 pilots are logged. Here a
statement is prepared once and run for each row. Nothing else differs: fields turn values into what their
column holds, and the database checks its constraints and fills in its defaults. No signal is sent.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from operator import attrgetter, itemgetter
from typing import Any

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper

AT_ONCE = 5000  # values in one query: SQLite takes at most 32,766

Values = Mapping[str, Any]


def insert_rows(model: type[models.Model], rows: Sequence[Values]) -> None:
    """Insert rows that all name the same columns: `pilot_id`, not `pilot`. Nobody learns their ids.

    A column they do not name gets the default of its field.
    """
    if rows:
        _insert(model, rows, names=set(rows[0]))


def insert_new(model: type[models.Model], instances: Sequence[models.Model]) -> None:
    """Insert new instances, which stay without their ids. What only the database fills in is left to it."""
    names = {
        field.attname
        for field in _fields(model)
        if not field.primary_key and (field.has_default() or not field.has_db_default())
    }
    if instances:
        rows = [vars(instance) for instance in instances]
        _insert(model, rows, names=names)


def insert_known(model: type[models.Model], instances: Sequence[models.Model]) -> None:
    """Insert new instances and give them their ids, in their order.

    PostgreSQL takes a list for each column and answers with the ids: less than half of the time of a
    statement for each row. On SQLite writers queue, so the newest rows are these.
    """
    if not instances:
        return
    using = router.db_for_write(model)
    connection = connections[using]
    if connection.vendor == "postgresql":
        ids = _insert_lists(model, [vars(instance) for instance in instances], connection)
    else:
        insert_new(model, instances)
        stored: models.QuerySet[Any] = models.QuerySet(model, using=using).order_by("-pk")
        ids = list(stored.values_list("pk", flat=True)[: len(instances)])[::-1]
    for instance, pk in zip(instances, ids, strict=True):
        instance.pk = pk
        state = instance._state  # noqa: SLF001 -- documented; it is what `save` sets too
        state.adding, state.db = False, using


def find_ids(model: type[models.Model], instances: Sequence[models.Model], *, by: str) -> None:
    """Give inserted instances their ids, found by a text that is unique."""
    using = router.db_for_write(model)
    for start in range(0, len(instances), AT_ONCE):
        some = {getattr(instance, by): instance for instance in instances[start : start + AT_ONCE]}
        stored: models.QuerySet[Any] = (
            models.QuerySet(model, using=using).filter(**{f"{by}__in": list(some)}).order_by("pk")
        )
        for text, pk in stored.values_list(by, "pk"):
            some[text].pk = pk
            state = some[text]._state  # noqa: SLF001 -- documented; it is what `save` sets too
            state.adding, state.db = False, using


def update_rows(model: type[models.Model], instances: Sequence[models.Model], fields: Iterable[str]) -> None:
    """Write these fields of stored rows as the instances hold them."""
    changed: list[Any] = [model._meta.get_field(name) for name in fields]
    if not instances or not changed:
        return
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    key: Any = model._meta.pk
    changes = ", ".join(f"{quote(field.column)} = %s" for field in changed)
    values = [
        _stored(field, map(attrgetter(field.attname), instances), connection) for field in [*changed, key]
    ]
    _run(
        connection,
        f"UPDATE {quote(model._meta.db_table)} SET {changes} WHERE {quote(key.column)} = %s",  # noqa: S608 -- names
        values,
    )


def _fields(model: type[models.Model]) -> list[Any]:
    return list(model._meta.local_concrete_fields)


def _insert(model: type[models.Model], rows: Sequence[Values], *, names: set[str]) -> None:
    fields = _fields(model)
    strange = names - {field.attname for field in fields}
    if strange:
        raise ValueError(f"{model.__name__} has no column {', '.join(sorted(strange))}.")
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    columns, values = [], []
    for field in fields:
        if field.attname in names:
            columns.append(field.column)
            values.append(_stored(field, map(itemgetter(field.attname), rows), connection))
        elif not field.primary_key and not field.has_db_default():
            columns.append(field.column)
            values.append(repeat(field.get_db_prep_save(field.get_default(), connection)))
    into = f"{quote(model._meta.db_table)} ({', '.join(map(quote, columns))})"
    places = ", ".join(["%s"] * len(columns))
    _run(connection, f"INSERT INTO {into} VALUES ({places})", values)  # noqa: S608 -- names


def _insert_lists(
    model: type[models.Model], rows: Sequence[Values], connection: BaseDatabaseWrapper
) -> list[Any]:
    quote = connection.ops.quote_name
    fields = [field for field in _fields(model) if not field.primary_key]
    values = [list(_stored(field, map(itemgetter(field.attname), rows), connection)) for field in fields]
    # Without its length: a cast to varchar(60) would cut a longer text, where the column refuses it.
    kinds = [re.sub(r"\(.*\)", "", field.db_type(connection)) for field in fields]
    columns = ", ".join(quote(field.column) for field in fields)
    lists = ", ".join(f"%s::{kind}[]" for kind in kinds)
    key: Any = model._meta.pk
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(model._meta.db_table)} ({columns}) "  # noqa: S608 -- names of our own
            f"SELECT * FROM unnest({lists}) RETURNING {quote(key.column)}",
            values,
        )
        return [pk for (pk,) in cursor.fetchall()]


def _stored(field: Any, values: Iterable[Any], connection: BaseDatabaseWrapper) -> Iterable[Any]:
    """Return what the column holds for each value; one that comes often is turned once."""
    if isinstance(field, models.CharField | models.TextField):
        return values  # they hold text as it is
    if isinstance(field, models.JSONField):
        return (field.get_db_prep_save(value, connection) for value in values)
    return map(_Once(lambda value: field.get_db_prep_save(value, connection)).__getitem__, values)


class _Once(dict[Any, Any]):
    """Remembers what a function made of each value."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, value: Any) -> Any:
        self[value] = made = self._make(value)
        return made


def _run(connection: BaseDatabaseWrapper, statement: str, values: Iterable[Iterable[Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(zip(*values, strict=False)))  # a default repeats without end
