"""AWS in this process (moto): the tables of every model, made new for each test.

moto is single-threaded and knows no conflicts: it shows what a verb accepts and refuses, never
that it is safe under a race (tests/load does that).
"""

import contextlib
import copy
import importlib
import pkgutil
from collections.abc import Callable, Hashable, Iterator
from functools import cache
from typing import Any

import boto3
from moto import mock_aws  # noqa: TID251 - here it is
from moto.core.models import DEFAULT_ACCOUNT_ID, botocore_stubber
from moto.dynamodb.models import dynamodb_backends
from moto.sqs.models import sqs_backends

import sluice
from sluice.organizations import calendar
from sluice.push.store import contents, push_settings
from sluice.shared.table import Table
from tests.support import events_declared, moto_pace

ROOT_SECRET = "a root secret for tests only"


@cache
def all_models() -> list[type[Table]]:
    """Return every table model of the package."""
    for module in pkgutil.walk_packages(sluice.__path__, "sluice."):
        if ".tables." in module.name or module.name.endswith(("tables", ".claims", ".outbox")):
            importlib.import_module(module.name)
    models = [model for model in Table.__subclasses__() if hasattr(model, "Meta")]
    # Of the models of one table some have its indexes: it is made by the first.
    return sorted(models, key=lambda model: not model._indexes)


moto_pace.quicken()
events_declared.install()
# Clients keep the descriptions of services that they have read: a tenth of a second each.
_mock = mock_aws(config={"core": {"reset_boto3_session": False}})
_made: set[str] = set()
_kept: dict[Hashable, dict[str, Any]] = {}


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
                _add_indexes(model)
        for table in dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].tables.values():
            table.items.clear()
        push_settings.forget()
        sqs_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].reset()
        sqs_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].create_queue("test-failures")
        sqs_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].create_queue("test-webhooks")
        yield
    finally:
        _mock.stop(remove_data=False)


def _make_the_rest() -> None:
    boto3.client("secretsmanager").create_secret(Name="test-root", SecretString=ROOT_SECRET)
    boto3.client("events").create_event_bus(Name="test-events")


def _add_indexes(made: type[Table]) -> None:
    """Add the indexes that other models of the same table declare."""
    known = {each["index_name"] for each in made._get_schema()["global_secondary_indexes"]}
    for model in all_models():
        if model.Meta.table_name != made.Meta.table_name:
            continue
        schema = model._get_schema()
        for index in schema["global_secondary_indexes"]:
            if index["index_name"] in known:
                continue
            known.add(index["index_name"])
            kept = index["projection"]
            projection = {"ProjectionType": kept["ProjectionType"]}
            if kept.get("NonKeyAttributes"):
                projection["NonKeyAttributes"] = kept["NonKeyAttributes"]
            create = {
                "IndexName": index["index_name"],
                "KeySchema": index["key_schema"],
                "Projection": projection,
            }
            dynamodb: Any = boto3.client("dynamodb")
            dynamodb.update_table(
                TableName=made.Meta.table_name,
                AttributeDefinitions=schema["attribute_definitions"],
                GlobalSecondaryIndexUpdates=[{"Create": create}],
            )


def make_once(name: Hashable, make: Callable[[], None]) -> None:
    """Fill empty tables as `make` does; again under this name, with copies of what it made."""
    tables = dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].tables
    if not botocore_stubber.enabled or any(table.items for table in tables.values()):
        make()
    elif name in _kept:
        for table, items in _kept[name].items():
            tables[table].items.update(copy.deepcopy(items))
    else:
        make()
        _kept[name] = {
            name: copy.deepcopy(table.items) for name, table in tables.items() if table.items
        }


def items_of(model: type[Table]) -> list[Table]:
    """Return every item of a model's table, for counting again what counters say."""
    return list(model.scan())
