"""The base of every table model: one client for all tables, the table's name from the environment.

pynamodb makes a client per model, and a client is most of a cold start; all models share one.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import Attribute, NumberAttribute
from pynamodb.connection import Connection
from pynamodb.connection.base import MetaTable
from pynamodb.connection.table import TableConnection
from pynamodb.constants import STRING
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from sluice.shared import clients

READ_TIMEOUT_SECONDS = 2


class SharedConnection(Connection):
    """pynamodb's connection on our session, with our settings and without its extras.

    Its own way asks DynamoDB for the capacity of every request, makes an id for each and tells
    listeners of it; nobody here listens.
    """

    @property
    def client(self) -> Any:
        """The client, made at its first use."""
        if self._client is None:
            config = clients.config(READ_TIMEOUT_SECONDS)
            made: Any = clients.session().create_client("dynamodb", config=config)
            self._client = made
        return self._client

    def dispatch(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        """Call an operation. Raises VerboseClientError."""
        return self._make_api_call(operation_name, operation_kwargs)


connection = SharedConnection()


class Moment(Attribute[datetime]):
    """A UTC time as text that sorts by time: `2026-11-22T10:06:00.000Z`."""

    attr_type = STRING

    def serialize(self, value: datetime) -> str:
        """Return the text; the time must know its zone."""
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def deserialize(self, value: str) -> datetime:
        """Return the time."""
        return datetime.fromisoformat(value)


class Table(Model):
    """A pynamodb model on the shared client. Every item carries the version of its shape."""

    schema = NumberAttribute(default=1)

    @classmethod
    def _get_connection(cls) -> TableConnection:
        made = cls._connection
        table = super()._get_connection()
        if made is not table:
            meta_table = table.get_meta_table()
            table.connection = connection
            known = connection._tables.get(meta_table.table_name)  # noqa: SLF001
            if known is not None:
                _share(known, meta_table)
            connection._tables[meta_table.table_name] = meta_table  # noqa: SLF001
        return table


def _share(known: MetaTable, meta_table: MetaTable) -> None:
    """Let a table's shape have the indexes that its other models declare.

    The connection keeps one shape of a table, whichever of its models was used last.
    """
    names = {"GlobalSecondaryIndexes": "IndexName", "AttributeDefinitions": "AttributeName"}
    for part, name in names.items():
        own = meta_table.data.get(part) or []
        listed = {each[name] for each in own}
        others = [each for each in known.data.get(part) or [] if each[name] not in listed]
        if others:
            meta_table.data[part] = own + others


def find[T: Table](model: type[T], hash_key: str, range_key: str | int | None = None) -> T | None:
    """Return the item as it is now (a consistent read: 1 read unit for 4 KiB), or None."""
    try:
        return model.get(hash_key, range_key, consistent_read=True)
    except model.DoesNotExist:
        return None


def set_all(model: type[Table], changes: Mapping[str, Any]) -> list[Action]:
    """Return the actions that set what is given and remove what is None or an empty set.

    DynamoDB stores no empty set.
    """
    return [
        getattr(model, name).remove()
        if value is None or (isinstance(value, set) and not value)
        else getattr(model, name).set(value)
        for name, value in changes.items()
    ]


def mirror(item: Table, changes: Mapping[str, Any]) -> None:
    """Bring an item in memory in line with a write that succeeded."""
    for name, value in changes.items():
        setattr(item, name, value)


def start_behind(**key: str) -> dict[str, dict[str, str]]:
    """Return where a query goes on: the last item's key, and the index's, as DynamoDB writes it."""
    return {name: {"S": value} for name, value in key.items()}
