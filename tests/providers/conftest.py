"""WeCom's double and an account on it, for every test of this folder."""

from collections.abc import Iterator

import pytest

from sluice.codes.providers.wecom.accounts import Account, Secret
from sluice.codes.providers.wecom.client import Client
from sluice.shared.providers.sealing import CallbackKey
from sluice.shared.providers.tokens import Tokens
from sluice.shared.providers.transport import Http
from tests.providers.wecom_double import WeComDouble
from tests.providers.wecom_double.server import APP_SECRET, CORP_ID
from tests.support.aws import local_aws

KEY = CallbackKey("QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C")
ACCOUNT = Account("acme", "wecom", CORP_ID, Secret(APP_SECRET, (KEY,)))


@pytest.fixture
def wecom() -> Iterator[WeComDouble]:
    """A corporation with two employees in order."""
    with WeComDouble() as double:
        double.people.employ("zhangsan", "lisi")
        yield double


@pytest.fixture
def aws() -> Iterator[None]:
    """Empty tables, and the root secret."""
    with local_aws():
        yield


@pytest.fixture
def client(wecom: WeComDouble, aws: None) -> Client:  # noqa: ARG001 - its tables
    """A client of the account, in a process that knows no token yet."""
    http = Http(f"{wecom.url}/cgi-bin/", connect_seconds=1, read_seconds=1)
    return Client(ACCOUNT, Tokens(), http)
