"""AWS in this process (moto): the tables of every model, made new for each test.

moto is single-threaded and knows no conflicts: it shows what a verb accepts and refuses, never
that it is safe under a race (tests/load does that).
"""

import contextlib
import copy
import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from types import SimpleNamespace
from typing import Any

import boto3
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.serialize import AttributePicker, AttributePickerContext
from moto.dynamodb import models as moto_models
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table as MotoTable
from moto.sqs.models import sqs_backends

import sluice
from sluice.organizations import calendar
from sluice.push.store import contents, push_settings
from sluice.shared.table import Table

ROOT_SECRET = "a root secret for tests only"


@cache
def all_models() -> list[type[Table]]:
    """Return every table model of the package."""
    for module in pkgutil.walk_packages(sluice.__path__, "sluice."):
        if ".tables." in module.name or module.name.endswith(("tables", ".claims", ".outbox")):
            importlib.import_module(module.name)
    return [model for model in Table.__subclasses__() if hasattr(model, "Meta")]


_mock = mock_aws()
_pick = AttributePicker.__call__


def _by_name(picker: AttributePicker, context: AttributePickerContext) -> Any:
    """Find a part of DynamoDB's answers under its own name.

    moto looks for each absent one, such as the nine other types of a value, under four spellings:
    a fifth of what all these tests take.
    """
    service = context.service_model
    if service and service.service_name == "dynamodb" and type(context.obj) is dict:
        return context.obj.get(context.key)
    return _pick(picker, context)


AttributePicker.__call__ = _by_name  # type: ignore[method-assign, assignment]

_transact = DynamoDBBackend.transact_write_items
type _Place = tuple[MotoTable, DynamoType, DynamoType | None]


def _undone_by_item(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    """Put back the items that a refused transaction touched.

    moto copies every item of its tables before each transaction: with a few hundred stored, most
    of a test's time.
    """
    places = [_place(backend, *next(iter(item.items()))) for item in transact_items]
    before = [(place, copy.deepcopy(_at(place))) for place in places]
    try:
        _transact(backend, transact_items)
    except Exception:
        for place, item in before:
            _put_back(place, item)
        raise


def _place(backend: DynamoDBBackend, kind: str, given: dict[str, Any]) -> _Place:
    table = backend.tables[given["TableName"]]
    key = given["Item" if kind == "Put" else "Key"]
    second = DynamoType(key[table.range_key_attr]) if table.range_key_attr else None
    return table, DynamoType(key[table.hash_key_attr]), second


def _at(place: _Place) -> Item | None:
    table, first, second = place
    found: Any = table.items.get(first)
    item: Item | None = found.get(second) if found is not None and second is not None else found
    return item


def _put_back(place: _Place, item: Item | None) -> None:
    table, first, second = place
    held: Any = table.items if second is None else table.items[first]
    name = first if second is None else second
    if item is None:
        held.pop(name, None)
    else:
        held[name] = item


def _copied(value: Any) -> Any:
    return value if isinstance(value, MotoTable) else copy.deepcopy(value)


DynamoDBBackend.transact_write_items = _undone_by_item  # type: ignore[method-assign, assignment]
moto_models.copy = SimpleNamespace(deepcopy=_copied)  # type: ignore[attr-defined, assignment]
_made: set[str] = set()


@contextlib.contextmanager
def local_aws() -> Iterator[None]:
    """Run with empty tables, the root secret, a bus and a failure queue.

    Tables are made once in a process and emptied for each test: making them takes longer than
    most tests.
    """
    _mock.start(reset=not _made)
    calendar.forget()
    contents.forget()
    try:
        if not _made:
            _make_the_rest()
        for model in all_models():
            if model.Meta.table_name not in _made:
                _made.add(model.Meta.table_name)
                model.create_table(billing_mode="PAY_PER_REQUEST")
        for table in dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].tables.values():
            table.items.clear()
        push_settings.forget()
        sqs_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].reset()
        sqs_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].create_queue("test-failures")
        yield
    finally:
        _mock.stop(remove_data=False)


def _make_the_rest() -> None:
    boto3.client("secretsmanager").create_secret(Name="test-root", SecretString=ROOT_SECRET)
    boto3.client("events").create_event_bus(Name="test-events")


def items_of(model: type[Table]) -> list[Table]:
    """Return every item of a model's table, for counting again what counters say."""
    return list(model.scan())
