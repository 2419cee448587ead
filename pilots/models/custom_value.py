"""Values of custom fields inside the database: as text, and numbers so that both engines order them alike.

`Pilot.custom` is JSON, in which a number is text (`pilots.custom.FieldKind`): ordered as such, 10 comes
before 9. PostgreSQL could cast it to a decimal, SQLite only to a float, which holds no twenty digits. So a
number is taken as two whole numbers, before the point and millionths after it, both with its sign: ordered
by one and then the other, every number a field can hold stands in its place.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Func, TextField
from django.db.models.sql.compiler import SQLCompiler

from pilots.custom import DECIMALS

SCALE = 10**DECIMALS
_NUMBER = r"^-?[0-9]+(\.[0-9]+)?$"

Sql = tuple[str, tuple[Any, ...]]


class CustomText(Func):
    """What stands under a code, as text; yes and no as `true` and `false`, nothing as NULL."""

    output_field = TextField()

    def __init__(self, code: str, column: str = "custom") -> None:
        super().__init__(column)
        self.code = code

    @property
    def identity(self) -> tuple[Any, ...]:
        return (*super().identity, ("code", self.code))

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Sql:
        column, params = compiler.compile(self.source_expressions[0])
        path = f'$."{self.code}"'  # a slug, so nothing in it ends the quotes
        sql = (
            f"CASE JSON_TYPE({column}, %s) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' "
            f"ELSE JSON_EXTRACT({column}, %s) END"
        )
        return sql, (*params, path, *params, path)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Sql:
        column, params = compiler.compile(self.source_expressions[0])
        return f"({column} ->> %s::text)", (*params, self.code)


class WholePart(Func):
    """The digits of a number before its point, with its sign; NULL for a text that is no number."""

    output_field = BigIntegerField()

    def __init__(self, text: Any) -> None:
        super().__init__(text)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Sql:
        text, params = compiler.compile(self.source_expressions[0])
        return f"CAST(({text}) AS INTEGER)", tuple(params)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Sql:
        return self._guarded(compiler, "trunc(({text})::numeric)")

    def _guarded(self, compiler: SQLCompiler, template: str) -> Sql:
        """Cast only what is a number: under the same code another program may keep words."""
        text, params = compiler.compile(self.source_expressions[0])
        times = template.count("{text}") + 1
        sql = f"(CASE WHEN ({text}) ~ '{_NUMBER}' THEN {template.format(text=text)} END)::bigint"
        return sql, tuple(params) * times


class Millionths(WholePart):
    """What comes after the point of a number, in millionths, with its sign."""

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Sql:
        text, params = compiler.compile(self.source_expressions[0])
        zeros = "0" * DECIMALS
        sql = (
            f"CAST(CASE WHEN ({text}) IS NULL THEN NULL WHEN INSTR(({text}), '.') = 0 THEN 0 ELSE "
            f"CAST(SUBSTR(SUBSTR(({text}), INSTR(({text}), '.') + 1) || '{zeros}', 1, {DECIMALS}) "
            f"AS INTEGER) "
            f"* (CASE WHEN SUBSTR(({text}), 1, 1) = '-' THEN -1 ELSE 1 END) END AS INTEGER)"
        )
        return sql, tuple(params) * 5

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Sql:
        return self._guarded(compiler, f"(({{text}})::numeric - trunc(({{text}})::numeric)) * {SCALE}")
