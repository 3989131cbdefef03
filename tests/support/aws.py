"""AWS in this process (moto): the tables of every model, made new for each test.

moto is single-threaded and knows no conflicts: it shows what a verb accepts and refuses, never
that it is safe under a race (tests/load does that).
"""

import contextlib
import importlib
import pkgutil
from collections.abc import Iterator

import boto3
from aws_lambda_powertools.utilities import parameters
from moto import mock_aws

import sluice
from sluice.shared.table import Table

ROOT_SECRET = "a root secret for tests only"  # noqa: S105


def all_models() -> list[type[Table]]:
    """Return every table model of the package."""
    for module in pkgutil.walk_packages(sluice.__path__, "sluice."):
        if module.name.rsplit(".", 1)[-1] in {"tables", "claims", "outbox"}:
            importlib.import_module(module.name)
    return [model for model in Table.__subclasses__() if hasattr(model, "Meta")]


@contextlib.contextmanager
def local_aws() -> Iterator[None]:
    """Run with empty tables, the root secret, a bus and a failure queue."""
    with mock_aws():
        parameters.clear_caches()
        made = set()
        for model in all_models():
            if model.Meta.table_name not in made:
                made.add(model.Meta.table_name)
                model.create_table(billing_mode="PAY_PER_REQUEST")
        boto3.client("secretsmanager").create_secret(Name="test-root", SecretString=ROOT_SECRET)
        boto3.client("events").create_event_bus(Name="test-events")
        boto3.client("sqs").create_queue(QueueName="test-failures")
        yield


def items_of(model: type[Table]) -> list[Table]:
    """Return every item of a model's table, for counting again what counters say."""
    return list(model.scan())
