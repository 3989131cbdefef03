"""Jobs: long work, ordered, brought on slice by slice from a checkpoint, ended or cancelled.

A job is an item among its organisation's others of the kind; ids sort by time. Its worker works for
some minutes (`slices`), keeps how far everything is, and asks for the next slice in the transaction
that ends this one, so that nothing is lost between two. Every change is under the condition that
the job is as it was read: of two workers one ends at the other's checkpoint, and a worker whose job
was cancelled writes nothing more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from sluice.shared import ids, outbox
from sluice.shared.claims import Claim
from sluice.shared.errors import NotFound, Refusal
from sluice.shared.guard import Transaction
from sluice.shared.outbox import Event
from sluice.shared.table import Moment, Table, find, mirror, set_all

MAX_TRIES = 5  # of what an operator asks for, where the job moves meanwhile


class JobExists(Refusal):
    """There is a job with this id: a fault of randomness."""

    slug, title = "job-exists", "Try again"


class JobMoved(Refusal):
    """Another call or worker changed this job; look again and decide again."""

    slug, title = "job-moved", "This job changed at the same moment"


class Job(Table):
    """What every job has: `organisation # exports`, `export # id`."""

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    organization_id = UnicodeAttribute()
    status = UnicodeAttribute()
    slice = NumberAttribute()  # one more with each event that sets the worker going
    created_at = Moment()
    created_by = UnicodeAttribute()
    moved_at = Moment(null=True)  # set going, or a checkpoint: the last time
    ended_at = Moment(null=True)
    why = UnicodeAttribute(null=True)


@dataclass(frozen=True)
class Jobs[J: Job]:
    """The jobs of a kind."""

    model: type[J]
    name: str  # such as export
    progress: tuple[str, ...]  # the attributes that say how far a job is

    def home(self, organization_id: str) -> str:
        """Return the partition of an organisation's jobs."""
        return ids.key(organization_id, f"{self.name}s")

    def place(self, organization_id: str, job_id: str) -> tuple[str, str]:
        """Return the keys of a job."""
        return self.home(organization_id), ids.key(self.name, job_id)

    def find(self, organization_id: str, job_id: str) -> J | None:
        """Return a job: one read."""
        return find(self.model, *self.place(organization_id, job_id))

    def load(self, organization_id: str, job_id: str) -> J:
        """Return a job: one read. Raises NotFound."""
        found = self.find(organization_id, job_id)
        if found is None:
            raise NotFound(f"There is no such {self.name}.")
        return found

    def page(self, organization_id: str, before: str, limit: int) -> list[J]:
        """Return jobs, newest first, from behind one: one query."""
        home, name = self.place(organization_id, before or "~")
        older = self.model.item < name
        return list(self.model.query(home, older, scan_index_forward=False, limit=limit))

    def add(self, transaction: Transaction, item: J, claim: Claim | None) -> None:
        """Store a job, and that who asked for it has it: 1 or 2 items.

        The transaction refuses with AlreadyClaimed, whose answer has the id.
        """
        if claim is not None:
            claim.take(transaction, item.created_at, self._named(item))
        transaction.put(item, self.model.key.does_not_exist(), JobExists())

    def resume(self, item: J, event_type: str, now: datetime, **changes: Any) -> bool:
        """Begin the next slice, and tell the worker in the same transaction: 2 items.

        False: the job moved on meanwhile.
        """
        number = int(item.slice) + 1
        event = self.event(item, event_type, {"slice": number}, now)
        return self.change(item, {"slice": number, "moved_at": now, **changes}, event)

    def change(
        self,
        item: J,
        changes: dict[str, Any],
        event: Event | None = None,
        also: Callable[[Transaction], None] | None = None,
    ) -> bool:
        """Change a job, tell of it, and write what else belongs to it: one transaction.

        False, and nothing is written: it is not as it was read.
        """
        transaction = Transaction()
        condition = self.model.status == item.status
        for name in ("slice", *self.progress):
            condition &= getattr(self.model, name) == getattr(item, name)
        actions = set_all(self.model, changes)
        transaction.update(item, actions, condition=condition, otherwise=JobMoved())
        if also is not None:
            also(transaction)
        if event is not None:
            outbox.emit(transaction, event)
        try:
            transaction.commit()
        except JobMoved:
            return False
        mirror(item, changes)
        return True

    def event(self, item: J, event_type: str, data: dict[str, Any], now: datetime) -> Event:
        """Return an event of a job; its version is the slice."""
        return Event(
            id=ids.sortable(now),
            type=event_type,
            organization_id=item.organization_id,
            occurred_at=now,
            version=int(data.get("slice", item.slice)),
            data=self._named(item) | data,
        )

    def _named(self, item: J) -> dict[str, str]:
        return {f"{self.name}_id": item.item.removeprefix(f"{self.name}#")}
