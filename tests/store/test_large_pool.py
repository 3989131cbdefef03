"""10,000 channels in one organisation (A4): what a cold and a warm join ask of DynamoDB."""

import contextlib
import json
import random
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from sluice.codes.rules.choice import Rule
from sluice.codes.rules.lineups import Ask
from sluice.codes.store import channels, pool
from sluice.codes.tables import Channel
from sluice.shared import memory
from sluice.shared.table import connection
from tests.support.aws import local_aws
from tests.support.codes import issue_code, join, settings_of
from tests.support.requests import recorded
from tests.support.staff import NOW, found_organization

CHANNELS = 10_000
PAGE_BYTES = 1_000_000


@pytest.fixture(scope="module", autouse=True)
def _aws() -> Iterator[None]:
    pool.forget()
    with local_aws():
        found_organization()
        issue_code()
        issue_code("R0TAT10NC0DE", order="rotation")
        issue_code("LINSC0DE2222", referrer_id="lin")
        rows = [_item(f"c{n:05}").serialize() for n in range(CHANNELS)]
        tables = dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].tables
        for row in rows:  # past the API, where moto takes ten times as long
            tables[Channel.Meta.table_name].put_item(row)
        clock = SimpleNamespace(monotonic=lambda: 0.0)  # what is remembered does not grow old
        with _paged(rows), patch.object(pool, "time", clock), patch.object(memory, "time", clock):
            yield
        for table in tables.values():
            table.items.clear()


@contextlib.contextmanager
def _paged(rows: list[dict[str, Any]]) -> Iterator[None]:
    """Answer the query of the whole index by pages of 1 MB: moto sorts all anew for each page."""
    original = connection.dispatch
    pages: list[list[dict[str, Any]]] = [[]]
    size = 0
    for row in reversed(rows):
        size += len(json.dumps(row))
        if size > PAGE_BYTES:
            pages.append([])
            size = 0
        pages[-1].append(row)

    def dispatch(operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if operation != "Query" or arguments.get("IndexName") != "by_organization":
            return original(operation, arguments)
        if "Limit" in arguments:
            return original(operation, arguments)
        page = int(arguments.get("ExclusiveStartKey", {}).get("page", 0))
        following = {"LastEvaluatedKey": {"page": page + 1}} if page + 1 < len(pages) else {}
        return {"Items": pages[page], **following}

    connection.dispatch = dispatch  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        connection.dispatch = original  # type: ignore[method-assign]


def _item(name: str) -> Channel:
    whole = settings_of(name, owner_id="lin" if name == "c00042" else None)
    return Channel(
        f"acme#{name}",
        organization_id="acme",
        channel_id=name,
        held=0,
        outside=0,
        days={},
        created_at=NOW,
        version=1,
        **whole,
    )


@pytest.mark.proof
def test_a_cold_join_reads_the_index_by_pages_and_a_warm_one_is_one_request() -> None:
    """A4, F3: 10,000 channels cost a warm join nothing."""
    with recorded() as asked:
        join("cold")
    queries = [request for name, request in asked if name == "Query"]
    assert asked.names[-1:] == ["TransactWriteItems"]
    assert 3 <= len(queries) <= 8, "pages of 1 MB"
    for n in range(2):  # moto copies every table for a transaction
        with recorded() as asked:
            joined = join(f"v{n}")
        assert asked.names == ["GetItem", "TransactWriteItems"]  # the helper reads the code
        assert joined.is_new


@pytest.mark.proof
def test_a_warm_join_by_figures_reads_eight_channels() -> None:
    pool.pool("acme")
    with recorded() as asked:
        join("x", code="R0TAT10NC0DE")
    assert asked.names == ["GetItem", "BatchGetItem", "TransactWriteItems"]
    assert len(asked[1][1]["RequestItems"][Channel.Meta.table_name]["Keys"]) == 8


@pytest.mark.proof
def test_they_are_remembered_in_proportion_and_listed_by_pages() -> None:
    known = pool.pool("acme")
    assert len(known.channels) == CHANNELS
    assert known.seconds == 30
    listed, cursor = channels.list_channels("acme", 100, "")
    assert [c.channel_id for c in listed] == [f"c{n:05}" for n in range(100)]
    listed, _ = channels.list_channels("acme", 100, cursor or "")
    assert listed[0].channel_id == "c00100"


@pytest.mark.proof
def test_a_removed_one_of_them_gets_nobody_from_the_next_request_on() -> None:
    """A9: however long they are remembered, the write refuses it, and the next is tried."""
    assert join("y", code="LINSC0DE2222").assignment.channel_id == "c00042"
    channels.remove_channel("acme", "c00042")
    with recorded() as asked:
        assert join("z", code="LINSC0DE2222").assignment.channel_id != "c00042"
    assert asked.names == ["GetItem", "TransactWriteItems", "TransactWriteItems"]


def test_the_choice_among_them_takes_little_time() -> None:
    """Not a benchmark: a hundred choices at a tenth of a second each would be a mistake."""
    known, rule = pool.pool("acme"), Rule()
    when = pool.when("acme", NOW)
    known.lineup(rule, when)
    started = time.process_time()
    for _ in range(100):
        line = known.lineup(rule, when).choices(Ask(rule), random.Random(1).random, known.without)
        assert next(line).candidate.open
    assert time.process_time() - started < 1.0
