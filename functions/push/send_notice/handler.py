"""Event notice.wanted.v1: push a notice by the organisation's strategy for its kind, once (E2).

The strategy is the one named after the kind, else the one named `notices`; an organisation with
neither wants no such pushes: that is logged and counted, and not tried again. One or two queries
and one transaction of 4 items, 8 write units, and 2 for each KiB over the first.
"""

import msgspec

from sluice.push.rules import notices
from sluice.push.rules.notices import Notice
from sluice.push.store import pushes
from sluice.shared import clock, events, ids, metrics, telemetry
from sluice.shared.claims import AlreadyClaimed, Claim, hash_of
from sluice.shared.errors import NotFound
from sluice.shared.outbox import Event


@events.consumer
def handler(event: Event) -> None:
    """Start the push, unless this event has started it before."""
    notice = msgspec.convert(event.data, Notice)
    claim = Claim(ids.key(event.organization_id, "notice", event.id), hash_of(event.id))
    for strategy_id in notices.strategies_of(notice):
        try:
            push_id = pushes.start_push(
                event.organization_id,
                notice.user_id,
                strategy_id,
                notices.content_of(notice),
                claim=claim,
                now=clock.now(),
            )
        except AlreadyClaimed:
            telemetry.note(notice=notice.notice, pushed=False)
            return
        except NotFound:
            continue
        telemetry.note(notice=notice.notice, push_id=push_id, strategy_id=strategy_id)
        return
    facts = {"organization_id": event.organization_id, "notice": notice.notice}
    telemetry.logger.warning("notice_without_strategy", extra=facts)
    metrics.count("NoticesWithoutStrategy", clock.now())
