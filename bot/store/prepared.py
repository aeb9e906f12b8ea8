"""Statements whose SQL is written once, and which then run on the driver's own cursor.

For a small statement SQLAlchemy's executor takes several times as long as the database does. What
runs with every request, and with every look at the outbox, is therefore prepared: SQLAlchemy
writes the SQL and says how values are converted, and a run only fills in the values.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, cycle
from typing import Any, TypeAlias, TypeVar, cast

from sqlalchemy import BindParameter, Connection, Dialect, Select, UpdateBase
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import visitors
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TupleType, TypeEngine

Statement: TypeAlias = Select[*tuple[Any, ...]] | UpdateBase
"""A select, or an insert, an update or a delete, also one that returns rows."""

Values: TypeAlias = Mapping[str, Any]
"""The values of a statement's parameters, or of the columns of a row to insert, by name."""

K = TypeVar("K")


class Rows(list[Any]):
    """The rows that a statement returned, as named tuples, and how many it changed."""

    rowcount = 0

    def first(self) -> Any:
        """Return the first row, None if there is none."""
        return self[0] if self else None

    def scalar(self) -> Any:
        """Return the first value of the first row, None if there is no row."""
        return self[0][0] if self else None


class Prepared:
    """A statement that is prepared for each kind of database, and each shape of its values."""

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        parameters = [e for e in visitors.iterate(statement) if isinstance(e, BindParameter)]
        self._lists = sorted({e.key for e in parameters if e.expanding and e.required})
        self._forms: dict[tuple[object, ...], _Form] = {}

    def run(self, connection: Connection, values: Values | Sequence[Values]) -> Rows:
        """Run the statement, once for each element of `values` if these are several.

        Raises what SQLAlchemy raises when the database refuses it.
        """
        rows = [values] if isinstance(values, Mapping) else values
        form = self._form(connection.dialect, rows[0])
        filled = [form.fill(row) for row in rows]
        many = len(filled) > 1 and not form.returns_rows
        cursor = connection.connection.cursor()
        for listens in connection.dispatch.before_cursor_execute:
            listens(connection, cursor, form.sql, filled if many else filled[0], None, many)
        found = Rows()
        try:
            if many:
                cursor.executemany(form.sql, filled)
                found.rowcount = cursor.rowcount
                return found
            for each in filled:
                cursor.execute(form.sql, each)
                found.rowcount += cursor.rowcount
                if form.returns_rows:
                    found += form.converted(cursor.fetchall())
        except connection.dialect.loaded_dbapi.Error as error:
            raise _as_raised_by_sqlalchemy(error, connection, form.sql) from error
        finally:
            cursor.close()
        return found

    def _form(self, dialect: Dialect, values: Values) -> "_Form":
        shape = (dialect.name, *values, *(len(values[key]) for key in self._lists))
        form = self._forms.get(shape)
        if form is None:
            form = self._forms[shape] = _Form(self._statement, dialect, self._lists, values)
        return form


def _as_raised_by_sqlalchemy(error: Exception, connection: Connection, sql: str) -> BaseException:
    """Return SQLAlchemy's own kind of a driver's error; a lost connection leaves the pool."""
    dialect = connection.dialect
    lost = dialect.is_disconnect(cast("Any", error), cast("Any", connection.connection), None)
    if lost:
        connection.invalidate(error)
    return DBAPIError.instance(
        sql,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=lost,
        dialect=dialect,
    )


_Convert: TypeAlias = Callable[[Any], Any]


class _Form:
    """A statement as one kind of database takes it, for values of one shape."""

    def __init__(
        self, statement: Statement, dialect: Dialect, lists: Sequence[str], values: Values
    ) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=[*values])
        state = compiled.construct_expanded_state(values)
        defaults = compiled.insert_prefetch if compiled.isinsert else ()
        known = {**state.parameters, **{c.key: cast("Any", c.default).arg for c in defaults}}
        self.sql = state.statement
        self._positions = state.positiontup
        self._lists = {key: state.parameter_expansion[key] for key in lists}
        self._binds = _needed(
            (name, type_.dialect_impl(dialect).bind_processor(dialect))
            for name, type_ in _types(compiled, state.parameter_expansion).items()
        )
        given = {*values, *chain.from_iterable(self._lists.values())}
        self._given = [name for name in known if name in given]
        self._constant = self._bound({n: v for n, v in known.items() if n not in given})
        columns = [*statement.exported_columns]
        self.returns_rows = bool(columns)
        names = [getattr(column, "key", "") for column in columns]
        self._row: Callable[..., Any] = namedtuple("Row", names, rename=True)  # type: ignore[misc]
        self._results = _needed(
            (n, column.type.dialect_impl(dialect).result_processor(dialect, None))
            for n, column in enumerate(columns)
        )

    def fill(self, values: Values) -> Any:
        """Return these values as the driver takes them."""
        for key, names in self._lists.items():
            each = values[key]
            flat = each if len(each) == len(names) else chain.from_iterable(each)
            values = {**values, **dict(zip(names, flat, strict=True))}
        filled = self._constant | self._bound({name: values[name] for name in self._given})
        return filled if self._positions is None else tuple(filled[n] for n in self._positions)

    def _bound(self, values: Values) -> dict[str, Any]:
        binds = self._binds
        return {n: binds[n](v) if n in binds else v for n, v in values.items()}

    def converted(self, rows: Iterable[Sequence[Any]]) -> list[Any]:
        """Return the rows with their values as Python has them."""
        if not self._results:
            return [self._row(*row) for row in rows]
        made = []
        for row in rows:
            values = list(row)
            for n, convert in self._results.items():
                values[n] = convert(values[n])
            made.append(self._row(*values))
        return made


def _types(
    compiled: SQLCompiler, expansion: Mapping[str, Sequence[str]]
) -> dict[str, TypeEngine[Any]]:
    """Return the type of each parameter, also of those that stand for an element of a list."""
    types = {name: parameter.type for name, parameter in compiled.binds.items()}
    for key, names in expansion.items():
        type_ = types[key]
        inner = type_.types if isinstance(type_, TupleType) else [type_]
        types |= dict(zip(names, cycle(inner), strict=False))
    return types


def _needed(converts: Iterable[tuple[K, _Convert | None]]) -> dict[K, _Convert]:
    """Return these conversions without those that change nothing."""
    return {name: convert for name, convert in converts if convert is not None}
