"""How many exports an organisation has under way at once: a few, by the order's own write (F7)."""

from collections.abc import Iterable

from pynamodb.expressions.condition import size

from sluice.exports.export_tables import EXPORTS, Export, RunningExports
from sluice.exports.refusals import TooManyExports
from sluice.shared.guard import Transaction

MAX_RUNNING = 3  # each is a worker that reads all that an organisation has


def enter(transaction: Transaction, item: Export) -> None:
    """Count an export among those under way; refuses with TooManyExports."""
    held = RunningExports.ids
    transaction.update(
        _place(item.organization_id),
        [held.add({item.export_id}), RunningExports.kind.set(RunningExports)],
        condition=held.does_not_exist() | (size(held) < MAX_RUNNING),
        otherwise=TooManyExports(f"At most {MAX_RUNNING} exports run at once."),
    )


def leave(transaction: Transaction, organization_id: str, export_ids: Iterable[str]) -> None:
    """Count exports no longer; those that are not counted change nothing."""
    gone = RunningExports.ids.delete({*export_ids})
    transaction.upsert(_place(organization_id), [gone, RunningExports.kind.set(RunningExports)])


def counted(refusal: TooManyExports) -> list[str]:
    """Return the ids of those that were under way when an order was refused."""
    return sorted(refusal.current.ids or ()) if refusal.current else []


def _place(organization_id: str) -> RunningExports:
    return RunningExports(EXPORTS.home(organization_id), "running")
