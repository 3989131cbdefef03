"""Pushes of a run (E8): each under an id that follows from run and user, so there is one."""

from datetime import datetime

from sluice.push.rules.runs import push_id_of
from sluice.push.rules.strategies import Plan
from sluice.push.run_tables import Run
from sluice.push.store.held import Held
from sluice.push.store.opening import Opening, put_push
from sluice.shared.guard import Transaction


def open_push(run: Run, plan: Plan, user_id: str, number: int, now: datetime) -> Held:
    """Store a user's push, before its first message is sent; nothing else starts it.

    One transaction of 2 items, 3 where the strategy counts conversions: 4 or 6 write units, and 2
    for each KiB that the plan has over the first. A user of the hold-out group is withheld. Should
    its batch die, the sweeper starts the chain a minute later. Raises PushExists, with the push as
    it was found.
    """
    push_id = push_id_of(run.run_id, user_id)
    version = int(run.strategy_version)
    opening = Opening(run.organization_id, push_id, user_id, run.strategy_id, version, plan)
    transaction = Transaction()
    push = put_push(transaction, opening, now, run_id=run.run_id, run_batch=number)
    transaction.commit()
    return Held(push, plan, [])
