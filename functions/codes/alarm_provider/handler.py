"""Event provider.abnormal.v1: alarm operators of a provider's account, once an episode (A10).

Of one channel where the provider closed that alone, else of the account. One read; where an episode
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


@events.consumer
def handler(event: Event) -> None:
    """Raise the alarm, if it is not open."""
    given = msgspec.convert(event.data, Abnormal)
    kind, subject = rules.PROVIDER_ABNORMAL, given.account_id
    if given.channel_id is not None:
        kind, subject = rules.CHANNEL_CLOSED, given.channel_id
    facts = {"reason": given.detail[:500], "account": given.account_id}
    raised = alarms.raise_alarm(event.organization_id, kind, subject, facts, now=event.occurred_at)
    telemetry.note(kind=kind, subject=subject, raised=raised)
