"""Days between two dates, counted by the database."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, IntegerField
from django.db.models.expressions import Combinable
from django.db.models.sql.compiler import SQLCompiler

Sql = tuple[str, tuple[Any, ...]]


class DaysBetween(Func):
    """How many days the second date comes after the first; NULL if either is."""

    output_field = IntegerField()

    def __init__(self, first: Combinable | str, second: Combinable | str) -> None:
        super().__init__(first, second)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Sql:
        return self._compiled(compiler, "CAST(julianday({second}) - julianday({first}) AS INTEGER)")

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Sql:
        return self._compiled(compiler, "(({second}) - ({first}))")

    def _compiled(self, compiler: SQLCompiler, template: str) -> Sql:
        first, params = compiler.compile(self.source_expressions[0])
        second, more = compiler.compile(self.source_expressions[1])
        return template.format(first=first, second=second), (*more, *params)
