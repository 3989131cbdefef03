"""A task shared to a promotion channel: pushed to somebody, or copied by the promoter (D4, D6)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from sluice.promoters.link_tables import Share, ShareCount
from sluice.promoters.refusals import SharedBefore, TooManyShares
from sluice.promoters.store import figures
from sluice.push.rules.contents import Content
from sluice.push.rules.courtesy import MARKETING
from sluice.push.rules.strategies import SERVICE
from sluice.push.store import pushes
from sluice.shared import ids, outbox
from sluice.shared.claims import Claim
from sluice.shared.guard import Transaction

MAX_SHARES = 200  # of a promoter on a day, UTC
KEPT = timedelta(days=2)  # a day's count, after it
SHARED = "task.shared.v1"
PURPOSES = (SERVICE, MARKETING)  # of a push that shares


@dataclass(frozen=True)
class Sharing:
    """What is shared by whom, and to which kind of channel."""

    organization_id: str
    member_id: str
    offer_id: str
    channel_type: str
    share_id: str


class _Shared(Claim, frozen=True):
    """A share in the transaction that stores its push, with the claim of whoever asks."""

    sharing: Sharing
    caller: Claim | None

    def take(self, transaction: Transaction, now: datetime, answer: object = None) -> None:
        """Add the share; refuses as `_add`."""
        push_id = msgspec.convert(answer, dict[str, str])["push_id"]
        _add(transaction, self.sharing, push_id, self.caller, now)


def push(
    sharing: Sharing,
    *,
    user_id: str,
    strategy_id: str,
    content: Content,
    claim: Claim | None,
    base_url: str,
    now: datetime,
) -> str:
    """Share by a push, and return its id: as `pushes.start_push`, with 3 items more.

    What is shared is never transactional, which nobody's consent and no quiet hours hold back.
    Raises NotFound: there is no such strategy; PurposeDiffers, TooManyShares, AlreadyClaimed.
    """
    return pushes.start_push(
        sharing.organization_id,
        user_id,
        strategy_id,
        content,
        claim=_Shared(key="", input_hash="", sharing=sharing, caller=claim),
        now=now,
        base_url=base_url,
        purposes=PURPOSES,
    )


def copy(sharing: Sharing, claim: Claim | None, now: datetime) -> None:
    """Count that a promoter copied the link for a channel: once a day for a channel type.

    One transaction of 3 items, 6 write units, and the claim. Raises TooManyShares, AlreadyClaimed.
    """
    transaction = Transaction()
    _add(transaction, sharing, None, claim, now)
    try:
        transaction.commit()
    except SharedBefore:
        return


def copied_id(organization_id: str, offer_id: str, channel_type: str, now: datetime) -> str:
    """Return the id of a promoter's copying for a channel type on a day: the same all day."""
    return ids.derived(
        organization_id.encode(), "copied", offer_id, channel_type, f"{now:%Y-%m-%d}"
    )


def _add(
    transaction: Transaction,
    sharing: Sharing,
    push_id: str | None,
    claim: Claim | None,
    now: datetime,
) -> None:
    """Add a share, the day's count and the event; refuses with SharedBefore, TooManyShares."""
    if claim is not None:
        claim.take(transaction, now, {"share_id": sharing.share_id, "push_id": push_id or ""})
    key = figures.promoter_key(sharing.organization_id, sharing.member_id)
    share = Share(
        key,
        ids.key("share", sharing.share_id),
        offer_id=sharing.offer_id,
        channel_type=sharing.channel_type,
        push_id=push_id,
        shared_at=now,
    )
    transaction.put(share, Share.key.does_not_exist(), SharedBefore())
    count = ShareCount.shares
    transaction.update(
        ShareCount(key, ids.key("shares", f"{now:%Y-%m-%d}")),
        [count.add(1), ShareCount.expires.set(now + KEPT)],
        condition=count.does_not_exist() | (count < MAX_SHARES),
        otherwise=TooManyShares(),
    )
    event = outbox.Event(
        id=ids.sortable(now),
        type=SHARED,
        organization_id=sharing.organization_id,
        occurred_at=now,
        version=1,
        data={
            "share_id": f"{sharing.member_id}:{sharing.share_id}",
            "offer_id": sharing.offer_id,
            "member_id": sharing.member_id,
            "channel_type": sharing.channel_type,
        },
    )
    outbox.emit(transaction, event)
