"""A receiver on 127.0.0.1 is told of a connection, signed, until it hears it (F3)."""

from typing import Any

import pytest

from tests.support.client import CHECK_SECONDS, Organization, eventually
from tests.support.webhooks import Receiver, verified

pytestmark = pytest.mark.xdist_group("flows")


def test_a_connection_is_told_once_and_signed(acme: Organization) -> None:
    with Receiver(200) as receiver:
        path = f"{acme.path}/webhooks/crm"
        body: dict[str, Any] = {"url": receiver.url, "events": ["assignment.connected.v1"]}
        secret = acme.operator.put(path, body).expect(201).json["secret"]
        acme.put_channel("desk")
        seat = acme.seat(acme.issue())
        acme.tell(seat)
        (asked,) = eventually("the connection to be told", lambda: receiver.asked or None)
        assert verified(asked, secret)["data"]["assignment_id"] == seat["assignment_id"]


@pytest.mark.proof  # it waits for retries and the alarm
def test_a_connection_is_told_until_it_is_heard_and_not_to_who_is_gone(acme: Organization) -> None:
    """Two failures, then 200: one `webhook-id`; then 410: the webhook is disabled."""
    with Receiver(500, 503) as receiver:
        path = f"{acme.path}/webhooks/crm"
        body: dict[str, Any] = {"url": receiver.url, "events": ["assignment.connected.v1"]}
        secret = acme.operator.put(path, body).expect(201).json["secret"]
        acme.put_channel("desk")
        seat = acme.seat(acme.issue())
        acme.tell(seat)
        eventually("the third attempt", lambda: len(receiver.asked) == 3 or None)
        told = [verified(asked, secret) for asked in receiver.asked]
        assert {each["type"] for each in told} == {"assignment.connected.v1"}
        assert told[0]["data"]["assignment_id"] == seat["assignment_id"]
        (message_id,) = {asked.headers["webhook-id"] for asked in receiver.asked}

        def delivered() -> Any:
            shown = acme.operator.get(f"{path}/deliveries/{message_id}").expect(200).json
            return shown if shown["status"] == "delivered" else None

        shown = eventually("the answer to be recorded", delivered)
        assert [each["status"] for each in shown["log"]] == [200, 503, 500]

        receiver.answers = [410]
        acme.operator.send("POST", f"{path}/test").expect(202)
        eventually(
            "the webhook to be disabled",
            lambda: acme.operator.get(path).json["status"] == "disabled" or None,
        )

        def alarms() -> list[Any]:
            open_ = f"{acme.path}/alarms?status=open"
            found: list[Any] = acme.operator.get(open_).expect(200).json["items"]
            return [(each["kind"], each["subject"]) for each in found]

        disabled = ("webhook-disabled", "crm")
        eventually("the operators' alarm", lambda: disabled in alarms() or None)
        acme.operator.put(path, body).expect(200)  # active again

        def is_over() -> bool | None:
            acme.deployment.run("CheckAlarms")
            return disabled not in alarms() or None

        eventually("the alarm to be over", is_over, CHECK_SECONDS)
