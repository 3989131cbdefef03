"""The suite in this process, on moto and behind HTTP, as tests in a browser need it.

It stands in for a deployment (tests/support/client.py): organisations are founded and played
with in the same way, and `settle` delivers what AWS would have delivered by itself.
"""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Self, cast

import boto3
import jwt.api_jwt
import pytest
import standardwebhooks.webhooks
from moto.core.models import botocore_stubber

import infra.demo.client
import tests.support.client
from infra import template
from infra.demo.client import Client
from infra.demo.staff import ADMIN, Staff
from infra.local.instance import Instance
from sluice.push import executions, later
from sluice.shared import clock, relay
from tests.support.aws import local_aws
from tests.support.client import Deployment
from tests.support.deliveries import Deliveries
from tests.support.gateway import Server, call, parsed
from tests.support.push import CHAIN_ARN, RUN_ARN, StepFunctions, World

# Where `datetime.now` is asked besides the suite's own clock: tokens, and who signs for partners.
_ASKING = (jwt.api_jwt, standardwebhooks.webhooks, infra.demo.client, tests.support.client)
_BUCKETS = ("RUN_LISTS_BUCKET", "PEOPLE_LISTS_BUCKET", "CAMPAIGN_FILES_BUCKET")


class Clock:
    """The time it is for the suite; for browsers Playwright has a clock of its own."""

    def __init__(self) -> None:
        """Begin with the machine's time."""
        self._shift = timedelta(0)
        self._stands: datetime | None = None

    def now(self) -> datetime:
        """Return the time in UTC, in whole milliseconds."""
        return clock.whole(self._stands or datetime.now(UTC) + self._shift)

    def stand(self, moment: datetime | None) -> None:
        """Stop at a moment; None: go on with the machine's time."""
        self._stands = moment

    def go_on(self, by: timedelta) -> None:
        """Let time pass at once."""
        if self._stands is not None:
            self._stands += by
        else:
            self._shift += by


class _Pool(Staff):
    """moto's user pool, made as the template's."""

    def __init__(self, url: str, settle: Callable[[], None]) -> None:
        (pool,) = template.resources(parsed(), "AWS::Cognito::UserPool").values()
        cognito: Any = boto3.client("cognito-idp")
        wanted = {name: pool[name] for name in ("UsernameAttributes", "Policies", "Schema")}
        made = cognito.create_user_pool(PoolName="browser", **wanted)
        self._cognito, self._settle, self._anyone = cognito, settle, Client(url)
        self.pool_id = made["UserPool"]["Id"]
        for group in template.resources(parsed(), "AWS::Cognito::UserPoolGroup").values():
            cognito.create_group(UserPoolId=self.pool_id, GroupName=group["GroupName"])
        (given,) = template.resources(parsed(), "AWS::Cognito::UserPoolClient").values()
        flows = given["ExplicitAuthFlows"]
        client = cognito.create_user_pool_client(
            UserPoolId=self.pool_id, ClientName="browser", ExplicitAuthFlows=flows
        )
        self.client_id = client["UserPoolClient"]["ClientId"]
        self.passwords: dict[str, str] = {}  # by e-mail address

    def set_password(self, email: str) -> str:
        """Give a login a new password and remember it."""
        self.passwords[email] = super().set_password(email)
        return self.passwords[email]

    def wait_for_login(self, email: str, limit_seconds: float = 0) -> None:
        """Deliver what makes the login."""
        self._settle()
        super().wait_for_login(email, limit_seconds)


@dataclass
class Here(Deployment):
    """A deployment that is this process."""

    staff: _Pool
    server: Server = field(kw_only=True)
    clock: Clock = field(kw_only=True)
    pushes: World = field(kw_only=True)
    deliveries: Deliveries = field(kw_only=True)

    @property
    def url(self) -> str:
        """Where browsers find it."""
        return self.server.url

    def settle(self) -> None:
        """Deliver streams, events and answers until nothing is left; some seconds pass."""
        self.deliveries.settle()

    def run(self, function: str) -> None:
        """Run what a schedule runs, by its logical id, and deliver what follows."""
        with self.server.lock:
            call(function, {})
        self.settle()


@contextlib.contextmanager
def started(port: int = 0) -> Iterator[Here]:
    """Serve the API with empty tables; when the block ends all is as before."""
    with pytest.MonkeyPatch.context() as patch, local_aws(), Server(port) as server:
        _one_at_a_time(patch)
        moving = _keep_time(patch)
        for name, value in template.environment(parsed()).items():
            if value and name not in os.environ:  # modules read theirs when they are imported
                patch.setenv(name, value)
        patch.setenv("PUBLIC_BASE_URL", server.url)
        deliveries = Deliveries(server.lock)
        patch.setattr(relay, "send", deliveries.send)
        pool = _Pool(server.url, deliveries.settle)
        patch.setenv("USER_POOL_ID", pool.pool_id)
        patch.setenv("USER_POOL_CLIENT_ID", pool.client_id)
        _make_buckets()
        # Of an instance its address is all that is asked for.
        where, admin = cast("Instance", server), Client(server.url)
        here = Here(
            where,
            pool,
            admin,
            server=server,
            deliveries=deliveries,
            clock=moving,
            pushes=_pushes(patch),
        )
        here.admin = admin.as_staff(pool.token(ADMIN, pool.make_admin()))
        yield here


def _one_at_a_time(patch: pytest.MonkeyPatch) -> None:
    """Let one thread at a time reach AWS: moto is not made for more."""
    lock, answered = threading.RLock(), type(botocore_stubber).__call__

    def answer(stubber: Any, *given: Any, **named: Any) -> Any:
        with lock:
            return answered(stubber, *given, **named)

    patch.setattr(type(botocore_stubber), "__call__", answer)


def _keep_time(patch: pytest.MonkeyPatch) -> Clock:
    """Let everything that asks for the time ask one clock."""
    moving = Clock()

    class AnyTime(type):
        def __instancecheck__(cls, found: object) -> bool:
            return isinstance(found, datetime)

    class Told(datetime, metaclass=AnyTime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(moving.now().timestamp(), tz)

    patch.setattr(clock, "now", moving.now)
    for module in _ASKING:
        patch.setattr(module, "datetime", Told)
    return moving


def _make_buckets() -> None:
    storage: Any = boto3.client("s3")
    for name in _BUCKETS:
        with contextlib.suppress(storage.exceptions.BucketAlreadyOwnedByYou):
            storage.create_bucket(Bucket=os.environ[name])


def _pushes(patch: pytest.MonkeyPatch) -> World:
    """Put Step Functions and the queues of pushes in place, those of the tests of pushes."""
    world, queues = World(StepFunctions()), boto3.client("sqs")
    patch.setenv("PUSH_CHAIN_ARN", CHAIN_ARN)
    patch.setenv("PUSH_RUN_ARN", RUN_ARN)
    url = queues.create_queue(QueueName="test-sandbox")["QueueUrl"]
    patch.setenv("SANDBOX_QUEUE_URL", url)
    patch.setattr(executions, "client", lambda _: world.states)
    patch.setattr(later, "client", lambda _: world.waiting)
    return world
