"""Queue of the sandbox's receipts: settle each as if the provider had called (E3).

Reads and writes as ReceiveReceipt does for each. A receipt that fails is reported alone and comes
again, five times, then it goes to the failure queue.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from sluice.push import receipts
from sluice.push.providers.sandbox import Delivery
from sluice.shared import clock, telemetry


def handler(event: Mapping[str, Any], context: Any) -> dict[str, list[dict[str, str]]]:
    """Take the receipts of a batch; answers those that must come again."""
    failures = []
    with telemetry.invocation("answer_sandbox", event, context):
        for record in event["Records"]:
            try:
                given = msgspec.json.decode(record["body"], type=Delivery)
                receipts.receive(
                    receipts.Incoming(
                        given.organization_id, given.account_id, given.receipt, clock.now()
                    )
                )
            except Exception:  # noqa: BLE001 - one bad receipt must not hold up the others
                telemetry.logger.exception("receipt_failed")
                failures.append({"itemIdentifier": str(record["messageId"])})
    return {"batchItemFailures": failures}
