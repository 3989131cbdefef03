"""Where the round of a campaign's members has come: walk after walk, a page at a time (B1)."""

from datetime import datetime, timedelta
from typing import Any

from pynamodb.expressions.operand import Path

from sluice.campaigns.refusals import RoundMoved
from sluice.campaigns.rules.campaigns import ENDED, Campaign
from sluice.campaigns.store import campaigns
from sluice.campaigns.tables import CampaignsByDue, RoundItem
from sluice.shared.guard import Transaction
from sluice.shared.sweeping import FAILURES, Waiting
from sluice.shared.table import set_all

ROUND = "round"
AUDIENCE = "audience"  # who is in it gets code, link and notice, or is told of a change
MEMBERS = "members"  # who is not any more is left out; the others are told of what came
CLOSING = "closing"  # ended before its time: codes end too
RESTING = "resting"
EVERY = timedelta(minutes=5)  # walks of a campaign that runs
DUE = Waiting(RoundItem.by_due, CampaignsByDue.due_at, 4)


def begin(transaction: Transaction, campaign: Campaign, now: datetime) -> None:
    """Let the members be brought in line with a version, from the first on, at once."""
    item = _item(campaign, CLOSING if campaign.definition.status == ENDED else AUDIENCE)
    item.due_bucket, item.due_at = DUE.bucket_of(item.key), now
    transaction.put(item)


def rest(transaction: Transaction, campaign: Campaign) -> None:
    """Let nothing more be done for a campaign."""
    transaction.put(_item(campaign, RESTING))


def keep(item: RoundItem, after: str | None, members: int) -> None:
    """Note how far a walk has come: 1 item. Raises RoundMoved: somebody else went on."""
    _change(item, set_all(RoundItem, {"after": after, "members": members}))
    item.after, item.members = after, members


def turn(item: RoundItem, phase: str, due_at: datetime | None) -> None:
    """Begin the next walk, or rest: 1 item. Raises RoundMoved."""
    changes: dict[str, Any] = {"phase": phase, "after": None, "due_at": due_at}
    if due_at is None:
        changes["due_bucket"] = None
    if phase == AUDIENCE:
        changes["members"] = item.members = 0
    _change(item, [*set_all(RoundItem, changes), Path(FAILURES).remove()])
    item.phase, item.after = phase, None


def _change(item: RoundItem, actions: list[Any]) -> None:
    transaction = Transaction()
    same = (RoundItem.version == item.version) & (RoundItem.phase == item.phase)
    after: str | None = item.after
    same &= RoundItem.after.does_not_exist() if after is None else RoundItem.after == after
    transaction.update(
        RoundItem(item.key, item.item), actions, condition=same, otherwise=RoundMoved()
    )
    transaction.commit()


def _item(campaign: Campaign, phase: str) -> RoundItem:
    return RoundItem(
        campaigns.key_of(campaign.organization_id, campaign.campaign_id),
        ROUND,
        version=campaign.version,
        phase=phase,
    )
