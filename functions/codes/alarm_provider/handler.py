"""Events provider.abnormal.v1, webhook.disabled.v1: alarm operators, once an episode (A10, F3).

Of one channel where the provider closed that alone, else of its account. One read; where an episode
begins two reads more and a transaction of an item and one for each operator. An event that comes
again after its episode begins none.
"""

import msgspec

from sluice.codes.rules import alarms as rules
from sluice.codes.store import alarms
from sluice.shared import events, telemetry
from sluice.shared.outbox import Event


class Abnormal(msgspec.Struct, frozen=True):
    """What is wrong, and with what."""

    account_id: str
    detail: str
    channel_id: str | None = None


class Disabled(msgspec.Struct, frozen=True):
    """Which webhook is called no more, and why."""

    webhook_id: str
    reason: str


@events.consumer
def handler(event: Event) -> None:
    """Raise the alarm, if it is not open."""
    alarm, facts = _told(event)
    kind, subject = alarm
    raised = alarms.raise_alarm(event.organization_id, kind, subject, facts, now=event.occurred_at)
    telemetry.note(kind=kind, subject=subject, raised=raised)


def _told(event: Event) -> tuple[rules.Alarm, dict[str, str]]:
    if event.type == "webhook.disabled.v1":
        disabled = msgspec.convert(event.data, Disabled)
        alarm = rules.Alarm(rules.WEBHOOK_DISABLED, disabled.webhook_id)
        return alarm, {"reason": disabled.reason[:500]}
    given = msgspec.convert(event.data, Abnormal)
    alarm = rules.Alarm(rules.PROVIDER_ABNORMAL, given.account_id)
    if given.channel_id is not None:
        alarm = rules.Alarm(rules.CHANNEL_CLOSED, given.channel_id)
    return alarm, {"reason": given.detail[:500], "account": given.account_id}
