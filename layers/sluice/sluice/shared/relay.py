"""Events to EventBridge: at least once, in the order given, ten to a call."""

from collections.abc import Sequence
from itertools import batched
from typing import Any

import boto3
import msgspec
from botocore.config import Config

from sluice.shared import settings
from sluice.shared.errors import Contention
from sluice.shared.outbox import Event

EVENTS_PER_CALL = 10
SOURCE = "sluice"
_client: Any = None


def send(events: Sequence[Event]) -> None:
    """Put the events on the bus. Raises Contention when it did not take all of a call."""
    for some in batched(events, EVENTS_PER_CALL, strict=False):
        entries = [
            {
                "EventBusName": settings.text("EVENT_BUS"),
                "Source": SOURCE,
                "DetailType": event.type,
                "Detail": msgspec.json.encode(event).decode(),
                "Time": event.occurred_at,
            }
            for event in some
        ]
        if _events().put_events(Entries=entries)["FailedEntryCount"]:
            raise Contention("EventBridge did not take every event.")


def _events() -> Any:
    global _client  # noqa: PLW0603 - one client for the life of the process
    if _client is None:
        config = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3})
        _client = boto3.client("events", config=config)
    return _client
