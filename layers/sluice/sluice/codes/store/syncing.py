"""A sync (A9): the provider's channels against ours, then the customers of each channel.

What a run finds again after another died is found once: a channel is closed only where it is open,
a loss is told only of who is connected, and each is written with its line in the report.
"""

from datetime import datetime, timedelta
from itertools import batched, islice
from typing import Any

from sluice.codes import providers
from sluice.codes.rules import syncing as rules
from sluice.codes.rules.syncing import Ours, Place
from sluice.codes.store import changes, reconciling, sync_rounds, trouble
from sluice.codes.store.loading import MAX_CHANNELS
from sluice.codes.store.loads import FIRST_NAME
from sluice.codes.store.running import (
    Change,
    Moved,
    ProviderSaid,
    Run,
    TimeOver,
    asking,
    write_together,
)
from sluice.codes.store.sync_rounds import SyncMoved
from sluice.codes.tables import CLOSED, OPEN, REMOVED, Channel
from sluice.codes.tables.syncs import Sync
from sluice.organizations import store as organizations
from sluice.shared import clock, ids
from sluice.shared.claims import hash_of
from sluice.shared.guard import Transaction
from sluice.shared.providers.failures import Misconfigured

TOGETHER = 25  # channels of one transaction
ADOPT = "adopt"  # in the account's settings: what is new there becomes a channel here
CHANNELS, CUSTOMERS = "channels", "customers"
NOTHING_LISTED = "The provider lists no channel at all: nothing was closed. Check its rights."
CUT_SHORT = (
    "The provider lists too few of our channels: nothing was closed. Check its rights; if they are "
    "gone, close them here."
)
TOO_MANY = f"The provider lists over {MAX_CHANNELS} channels: nothing was changed."
_REF_LENGTH = 200


def run_round(
    organization_id: str, account_id: str, sync_id: str, round_: int, until: float
) -> str:
    """Carry a sync on until it ends or the round's time is over; return how it stands.

    `until` is on the monotonic clock, in seconds. Where the provider asks for patience the next
    round waits; where it refuses the sync has failed, for the reason it gives. Raises Contention.
    """
    sync = sync_rounds.begin(organization_id, account_id, sync_id, round_, clock.now())
    if sync is None:
        return "over"
    try:
        return _run(sync, until)
    except SyncMoved:
        return "over"  # another run has it


def _run(sync: Sync, until: float) -> str:
    transaction = Transaction()
    failure, run = None, None
    try:
        with asking():
            account = organizations.find_provider_account(sync.organization_id, sync.account_id)
            provider = providers.open_account(account)
        run = Run(sync, account, provider, until)
        failure = _work(run)
    except TimeOver:
        sync_rounds.go_on(transaction, sync, clock.now(), found=run.found() if run else ())
        transaction.commit()
        return sync_rounds.RUNNING
    except ProviderSaid as said:
        seconds = said.problem.retry_after_seconds
        found = run.found() if run else ()
        if seconds is not None:
            wait = timedelta(seconds=seconds)
            sync_rounds.go_on(transaction, sync, clock.now(), wait=wait, found=found)
            transaction.commit()
            return sync_rounds.WAITING
        failure = str(said)
        if isinstance(said.problem, Misconfigured):
            trouble.note(sync.organization_id, sync.account_id, said.problem, clock.now())
    if run is not None and failure is None:
        trouble.mended(run.account)
    sync_rounds.end(
        transaction, sync, clock.now(), failure=failure, found=run.found() if run else ()
    )
    transaction.commit()
    return sync_rounds.FAILED if failure else sync_rounds.DONE


def _work(run: Run) -> str | None:
    """Do what is left; return why it failed. Raises TimeOver, ProviderSaid, SyncMoved."""
    ours = channels_of(run.organization_id, run.account_id)
    if run.sync.phase == CHANNELS:
        failure = _sync_channels(run, ours)
        if failure or not run.sync.customers:
            return failure
        run.sync.phase = CUSTOMERS
        run.commit(Transaction())
        ours = channels_of(run.organization_id, run.account_id)  # with those adopted
    for channel in sorted(ours):
        if channel.status != REMOVED and channel.channel_id > (run.sync.cursor or ""):
            run.check_time()
            reconciling.reconcile(run, channel.channel_id)
    return None


def channels_of(organization_id: str, account_id: str) -> list[Ours]:
    """Return the channels of an account, some moments old: one query of at most 10,000."""
    rows = Channel.by_organization.query(
        organization_id, Channel.channel_id >= FIRST_NAME, limit=MAX_CHANNELS
    )
    return [
        Ours(row.channel_id, row.kind, row.provider_ref, row.status)
        for row in rows
        if row.provider == account_id
    ]


def _sync_channels(run: Run, ours: list[Ours]) -> str | None:
    # Ours were read before: what was made here meanwhile is not taken for gone.
    with asking():
        listed = {
            (str(each.kind), each.provider_ref)
            for each in islice(run.provider.channels(), MAX_CHANNELS + 1)
        }
    if len(listed) > MAX_CHANNELS:
        return TOO_MANY
    compared = rules.compare(ours, listed)
    if not listed and compared.gone:
        return NOTHING_LISTED
    if rules.is_cut_short(ours, compared):
        return CUT_SHORT
    now = clock.now()
    run.sync.counts["listed"] = len(listed)
    for gone in batched(compared.gone, TOGETHER, strict=False):
        run.check_time()
        write_together(run, "gone", {c.channel_id: _closing(run, c, now) for c in gone})
    for there in batched(_marked(run, compared.there), TOGETHER, strict=False):
        run.check_time()
        write_together(run, "back", {c.channel_id: _unmarking(run, c) for c in there})
    if (run.account.settings or {}).get(ADOPT) is True:
        for new in batched(compared.new, TOGETHER, strict=False):
            run.check_time()
            write_together(run, "adopted", dict(_adopting(run, place, now) for place in new))
    else:
        run.sync.counts["new"] = len(compared.new)
        run.sync.listed["new"] = [
            {"kind": kind, "provider_ref": ref} for kind, ref in compared.new[: rules.MAX_LISTED]
        ]
    return None


def _line(channel: Ours) -> dict[str, Any]:
    return {
        "kind": channel.kind,
        "provider_ref": channel.provider_ref,
        "channel_id": channel.channel_id,
    }


def _closing(run: Run, channel: Ours, now: datetime) -> tuple[Change, dict[str, Any]]:
    """Close a channel that the provider has no longer: nobody gets it from now on (A9)."""

    def add(transaction: Transaction) -> None:
        transaction.update(
            Channel(ids.key(run.organization_id, channel.channel_id)),
            [Channel.status.set(CLOSED), Channel.gone_at.set(now), Channel.version.add(1)],
            condition=(Channel.status == OPEN)
            & (Channel.provider == run.account_id)
            & (Channel.provider_ref == channel.provider_ref),
            otherwise=Moved(channel.channel_id),
        )
        changes.tell(transaction, run.organization_id, channel.channel_id, now, run.account.type)

    return add, _line(channel)


def _marked(run: Run, there: list[Ours]) -> list[Ours]:
    """Return those that a sync had closed."""
    by_key = {ids.key(run.organization_id, c.channel_id): c for c in there}
    found = Channel.batch_get(list(by_key), consistent_read=True)
    return sorted(by_key[channel.key] for channel in found if _is_marked(channel))


def _is_marked(channel: Channel) -> bool:
    gone_at: datetime | None = channel.gone_at
    return gone_at is not None


def _unmarking(run: Run, channel: Ours) -> tuple[Change, dict[str, Any]]:
    """Note that the provider has a channel again; an operator opens it."""

    def add(transaction: Transaction) -> None:
        transaction.update(
            Channel(ids.key(run.organization_id, channel.channel_id)),
            [Channel.gone_at.remove(), Channel.version.add(1)],
            condition=Channel.gone_at.exists(),
            otherwise=Moved(channel.channel_id),
        )

    return add, _line(channel)


def _adopting(run: Run, place: Place, now: datetime) -> tuple[str, tuple[Change, dict[str, Any]]]:
    """Make a channel of what is new at the provider: closed and without a place, for an operator.

    Its id follows from the reference, so that it is made once.
    """
    kind, ref = place
    channel_id = f"{kind}-{hash_of(run.account_id, kind, ref)[:20]}"
    item = Channel(
        ids.key(run.organization_id, channel_id),
        organization_id=run.organization_id,
        channel_id=channel_id,
        kind=kind,
        name=ref[:_REF_LENGTH],
        provider=run.account_id,
        provider_type=run.account.type,
        provider_ref=ref,
        cap=0,
        weight=1,
        backup=False,
        status=CLOSED,
        held=0,
        outside=0,
        days={},
        version=1,
        created_at=now,
    )

    def add(transaction: Transaction) -> None:
        transaction.put(item, Channel.key.does_not_exist(), Moved(channel_id))
        changes.point(transaction, run.organization_id, channel_id, run.account_id, ref)
        changes.tell(transaction, run.organization_id, channel_id, now, run.account.type)

    return channel_id, (add, _line(Ours(channel_id, kind, ref, CLOSED)))
