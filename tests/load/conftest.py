"""DynamoDB Local, empty, for each proof; its tables, an organisation, and the figures."""

from collections.abc import Iterator

import pytest

from infra.local.dynamodb_local import dynamodb_local
from sluice.codes.store import pool
from sluice.push.store import contents
from sluice.shared import root_secret
from sluice.shared.table import connection
from tests.load.clients import ENDPOINT, ROOT
from tests.support.aws import all_models
from tests.support.staff import found_organization


@pytest.fixture(autouse=True)
def _dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with dynamodb_local() as endpoint:
        monkeypatch.setenv(ENDPOINT, endpoint)
        monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", "ERROR")
        monkeypatch.setattr(root_secret, "read", lambda: ROOT)
        connection._client = None
        pool.forget()
        contents.forget()
        for model in {model.Meta.table_name: model for model in reversed(all_models())}.values():
            model.create_table(billing_mode="PAY_PER_REQUEST")
        found_organization()
        yield
        connection._client = None
