"""An embedded AWS with the template's tables and no function, and processes like Lambda's own.

A child sees what a function sees: the built layers, the runtime's packages, nothing else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import botocore

from infra import template
from infra.bench import door
from infra.local import ministack
from infra.local.build import BUILT, build
from infra.local.deploy import session
from infra.local.instance import LOCAL, ROOT, Instance, exclusively
from infra.local.invoke import logical_id, runtime_folder
from infra.local.preflight import Unready, free_port

CHILD_SECONDS = 300  # a busy machine: half a minute otherwise
LAYERS = ("DepsLayer", "SluiceLayer")
_STOCK, _OURS = Path(botocore.__file__).parent, BUILT / LAYERS[0] / "python" / "botocore"
_OF_TABLES = ("AttributeDefinitions", "KeySchema", "BillingMode")
_OF_INDEXES = ("IndexName", "KeySchema", "Projection")  # the rest is for AWS alone


@cache
def _layers_of(name: str) -> tuple[str, ...]:
    return template.layers_of(template.load(), name)


@dataclass(frozen=True)
class World:
    """What children run in."""

    home: Path
    endpoint: str  # https
    certificate: Path
    variables: Mapping[str, str]  # those of the template, the names as they are here

    def environment(self, function: str = "", *, stock: bool = False) -> dict[str, str]:
        """Return all that a child sees; `stock` is one without anything of Sluice's."""
        own = {} if stock else self.variables
        of_all = LAYERS if not function else _layers_of(logical_id(function))
        layers = [] if stock else [BUILT / layer / "python" for layer in of_all]
        code = [BUILT / logical_id(function)] if function else []
        return {
            "PATH": os.defpath,
            "HOME": str(LOCAL),
            "LANG": "C.UTF-8",
            **Instance().aws_environment(),
            "AWS_LAMBDA_FUNCTION_NAME": logical_id(function),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            **own,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_CA_BUNDLE": str(self._certificates(_STOCK if stock else _OURS)),
            "PYTHONPATH": os.pathsep.join(map(str, [*code, *layers, runtime_folder()])),
        }

    def _certificates(self, botocore: Path) -> Path:
        """Add the door's certificate to those that a botocore would load."""
        bundle = self.home / f"with-{'ours' if botocore == _OURS else 'stock'}.pem"
        if not bundle.exists():
            loaded = (botocore / "cacert.pem").read_bytes()
            bundle.write_bytes(loaded + self.certificate.read_bytes())
        return bundle

    def run(self, module: str, *arguments: str) -> Any:
        """Run a module of this folder on the layers, with all functions to import."""
        given = self.environment()
        given["PYTHONPATH"] += f"{os.pathsep}{ROOT}"
        return self._run(["-m", f"infra.bench.{module}"], arguments, given)

    def start(self, script: str, *arguments: str, function: str = "") -> Any:
        """Run a script of this folder as Lambda would this function; without one, stock."""
        given = self.environment(function, stock=not function)
        return self._run([str(Path(__file__).with_name(script))], arguments, given)

    def _run(self, what: list[str], arguments: Sequence[str], given: Mapping[str, str]) -> Any:
        """Run a fresh process to its end; return what it wrote as JSON."""
        result = self.home / "result.json"
        result.unlink(missing_ok=True)
        done = subprocess.run(
            [sys.executable, "-S", *what, result, *arguments],
            env=given,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # where functions log
            stderr=subprocess.PIPE,
            text=True,
            timeout=CHILD_SECONDS,
            check=False,
        )
        if done.returncode:
            raise Unready(f"{what[-1]} {arguments} failed:\n{done.stderr[-4000:]}")
        return json.loads(result.read_text())


@contextmanager
def made() -> Iterator[World]:
    """Build, start an embedded AWS of our own, make tables and data; all ends with the block."""
    build()
    instance = Instance("bench", free_port())
    with exclusively(LOCAL / "bench.lock"):  # two benches at once would measure one another
        yield from _made(instance)


def _made(instance: Instance) -> Iterator[World]:
    ministack.start(instance, fresh=True)
    try:
        parsed = template.load()
        variables = template.environment(parsed) | _make_resources(parsed, session(instance))
        with door.opened(instance.port, instance.home) as (endpoint, certificate):
            world = World(instance.home, endpoint, certificate, variables)
            for stale in instance.home.glob("with-*"):
                stale.unlink()
            (instance.home / "events").mkdir(exist_ok=True)
            world.run("seed", str(ROOT / "functions"), str(instance.home / "events"))
            yield world
    finally:
        ministack.stop(instance)


def _make_resources(parsed: dict[str, Any], given: dict[str, Any]) -> dict[str, str]:
    """Make the tables, and the least of everything else; return the variables that name them."""
    dynamodb = boto3.client("dynamodb", **given)
    for name, table in template.resources(parsed, template.TABLE).items():
        wanted = {key: table[key] for key in _OF_TABLES}
        if indexes := table.get("GlobalSecondaryIndexes"):
            kept = [{key: index[key] for key in _OF_INDEXES} for index in indexes]
            wanted["GlobalSecondaryIndexes"] = kept
        dynamodb.create_table(TableName=name, **wanted)
    boto3.client("secretsmanager", **given).create_secret(Name="RootSecret", SecretString="bench")
    boto3.client("events", **given).create_event_bus(Name="EventBus")
    sqs = boto3.client("sqs", **given)
    cognito = boto3.client("cognito-idp", **given)
    pool = cognito.create_user_pool(PoolName="bench", UsernameAttributes=["email"])
    for role in ("operator", "member"):
        cognito.create_group(UserPoolId=pool["UserPool"]["Id"], GroupName=role)
    trusted = boto3.client("iam", **given).create_role(
        RoleName="bench", AssumeRolePolicyDocument="{}"
    )
    chain = boto3.client("stepfunctions", **given).create_state_machine(
        name="bench",
        roleArn=trusted["Role"]["Arn"],
        definition='{"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}',
    )
    return {
        "PUBLIC_BASE_URL": "https://s.example.com",
        "FAILURES_QUEUE_URL": sqs.create_queue(QueueName="failures")["QueueUrl"],
        "SEND_QUEUE_URL": sqs.create_queue(QueueName="send")["QueueUrl"],
        "SANDBOX_QUEUE_URL": sqs.create_queue(QueueName="sandbox")["QueueUrl"],
        "USER_POOL_ID": pool["UserPool"]["Id"],
        "PUSH_CHAIN_ARN": chain["stateMachineArn"],
    }
