"""Every function answers the event beside it, as `make invoke` and `sam local` send it."""

import importlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sluice.codes.store import pool
from tests.support.aws import local_aws
from tests.support.codes import CODE, issue_code, open_channel
from tests.support.staff import found_organization

FUNCTIONS = sorted(Path(__file__).parents[2].glob("functions/*/*/handler.py"))


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    pool.forget()
    for name in ("USER_POOL_ID", "CHAIN_ARN", "STATE_MACHINE_ARN", "SANDBOX_QUEUE_URL"):
        monkeypatch.setenv(name, "us-east-1_test")
    with local_aws():
        found_organization()
        open_channel("people-square")
        issue_code(CODE)
        yield


@pytest.mark.parametrize("path", FUNCTIONS, ids=lambda p: f"{p.parts[-3]}/{p.parts[-2]}")
def test_the_event_beside_it_is_answered(path: Path) -> None:
    context, folder = path.parts[-3], path.parts[-2]
    handler = importlib.import_module(f"functions.{context}.{folder}.handler").handler
    event = json.loads(path.with_name("event.json").read_text())
    answer = handler(event, None)
    if hasattr(handler, "operation"):
        assert answer["statusCode"] < 500, answer
        assert answer["headers"]["X-Correlation-Id"]
