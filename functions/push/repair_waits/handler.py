"""Schedule, every minute: set pushes right whose timer, token, start or signal was lost.

Eight queries on the sparse index of overdue pushes, at most 25 pushes of each answer, and no new
push in the last 15 seconds of its time. Each push: one or two queries, and what it needs. A push
that fails is logged and does not hold up the others.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sluice.push import repairs
from sluice.push.store import pushes
from sluice.push.store.held import find_push
from sluice.shared import clock, telemetry

PUSHES_PER_BUCKET = 25
MIN_LEFT_MILLISECONDS = 15_000


def handler(event: Mapping[str, Any], context: Any) -> None:
    """Repair what is overdue."""
    with telemetry.invocation("repair_waits", event, context):
        now = clock.now()
        done: dict[str, int] = {}
        for bucket in range(pushes.BUCKETS):
            for organization_id, push_id in pushes.overdue(str(bucket), now, PUSHES_PER_BUCKET):
                if _is_late(context):
                    telemetry.note(repaired=done, unfinished=True)
                    return
                what = _repair(organization_id, push_id, now)
                done[what] = done.get(what, 0) + 1
        telemetry.note(repaired=done)


def _repair(organization_id: str, push_id: str, now: datetime) -> str:
    try:
        held = find_push(organization_id, push_id)
        return repairs.repair(held, now).value if held is not None else "gone"
    except Exception:  # noqa: BLE001 - one bad push must not hold up the others
        telemetry.logger.exception("repair_failed", extra={"push_id": push_id})
        return "failed"


def _is_late(context: Any) -> bool:
    left = getattr(context, "get_remaining_time_in_millis", None)
    return left is not None and left() < MIN_LEFT_MILLISECONDS
