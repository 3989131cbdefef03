"""What AWS tells of messages: by the queue of its events."""

import base64
import gzip
import json
from functools import partial
from typing import Any

import pytest

from sluice.push.providers import Sent, sandbox
from tests.faults.cases_push import attempts, sent
from tests.faults.operations import Call, case
from tests.faults.world import World
from tests.support.events import ORGANIZATION

TOLD = "push/receive_provider_events"


def told(world: World, body: dict[str, Any]) -> Call:
    """Return the delivery of an event, of the sandbox's attempt."""
    record = {"messageId": "m-1", "body": json.dumps(body)}
    return partial(world.deliver_messages, TOLD, [record])


def named() -> dict[str, str]:
    """Return what the attempt's message carries."""
    return {
        "sluice_organization": ORGANIZATION,
        "sluice_account": "sandbox",
        "sluice_tracking": attempts()[0].tracking_id,
    }


@case(f"{TOLD}: an SMS was delivered")
def delivered(world: World) -> Call:
    sent(world)
    event = {"eventType": "TEXT_DELIVERED", "context": named(), "totalMessagePrice": 0.00581}
    return told(world, event | {"messageId": "862a8790"})


def mail() -> dict[str, Any]:
    """Return the part of an event of SES that says which message it is about."""
    tags = {name: [value] for name, value in named().items()}
    return {"messageId": "EXAMPLE7c191be45", "tags": tags}


@case(f"{TOLD}: an e-mail came back for good")
def bounced(world: World) -> Call:
    sent(world)
    bounce = {"bounceType": "Permanent", "bounceSubType": "General"}
    return told(world, {"eventType": "Bounce", "mail": mail(), "bounce": bounce})


@case(f"{TOLD}: somebody complains of an e-mail")
def complained(world: World) -> Call:
    sent(world)
    return told(world, {"eventType": "Complaint", "mail": mail(), "complaint": {}})


@case("push/receive_delivery_log: an SMS by SNS was delivered")
def logged(world: World) -> Call:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox, "send", lambda *_: Sent("sns:m-1"))
        sent(world)
    notification = {"messageId": "m-1", "timestamp": "2026-03-05 08:00:34.558"}
    line = json.dumps({"notification": notification, "status": "SUCCESS"})
    told = {"messageType": "DATA_MESSAGE", "logEvents": [{"message": line}]}
    packed = base64.b64encode(gzip.compress(json.dumps(told).encode())).decode()
    return partial(world.deliver_log, "push/receive_delivery_log", {"awslogs": {"data": packed}})
