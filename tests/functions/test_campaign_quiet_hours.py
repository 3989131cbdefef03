"""What members are told of a campaign keeps the quiet hours of the push strategy (B5, E7)."""

from datetime import UTC, datetime

import pytest

from functions.push.send_notice.handler import handler as send_notice
from sluice.campaigns.rules.campaigns import Notify
from sluice.campaigns.store import campaigns, participations, telling
from sluice.push.rules.strategies import Terms
from sluice.push.rules.windows import QuietHours
from sluice.push.tables import Push, PushItem
from sluice.shared.outbox import OutboxItem, event_of
from tests.support.aws import items_of, local_aws
from tests.support.campaign_members import SPRING, put_campaign, put_member, put_views
from tests.support.events import ORGANIZATION
from tests.support.push import attempts_of, channel, make_world, put_strategy
from tests.support.staff import found_organization

LATE = datetime(2026, 3, 5, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai
MORNING = datetime(2026, 3, 6, 0, 0, tzinfo=UTC)


def test_views_of_the_night_are_told_in_the_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    """The round asks for the notice at once; when it is sent is the strategy's business."""
    with local_aws():
        found_organization()
        world = make_world(monkeypatch)
        world.now = LATE
        night = Terms("assumed", quiet_hours=QuietHours("22:00", "08:00"))
        put_strategy(channel("sms"), strategy_id="campaign-views", terms=night)
        put_campaign(notify=Notify(daily_summary=False))
        put_member("lin")
        put_views("lin", 9, 3)
        campaign = campaigns.load(ORGANIZATION, SPRING)
        found = list(participations.each(ORGANIZATION, SPRING, limit=10))
        assert telling.tell(campaign, found, "https://s.example.com", LATE)
        for item in items_of(OutboxItem):
            assert isinstance(item, OutboxItem)
            item.delete()
            event = event_of(item)
            if event.type != "notice.wanted.v1":
                continue
            told = {name: getattr(event, name) for name in event.__struct_fields__}
            detail = told | {"occurred_at": event.occurred_at.isoformat()}
            send_notice({"detail-type": event.type, "detail": detail}, None)
        world.start_chains()
        (push,) = [item for item in items_of(PushItem) if isinstance(item, Push)]
        (attempt,) = attempts_of(push.push_id)
        assert (push.user_id, attempt.send_at) == ("lin", MORNING)
