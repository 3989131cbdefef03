"""Many offers ranked on AWS's own engine (D3). `RANKED_OFFERS` says how many."""

import os
import time
from datetime import timedelta

import pytest

from sluice.organizations.rules import PromoterTasks
from sluice.promoters.store import counting, figures, rankings, tasks
from sluice.promoters.store.tasks import Promoter, Wanted
from sluice.promoters.tables import Standing
from sluice.shared import batches, clock
from tests.support.events import ORGANIZATION
from tests.support.promoters import put_offers
from tests.support.requests import recorded

pytestmark = pytest.mark.proof
OFFERS = int(os.environ.get("RANKED_OFFERS", "10000"))
TAGS = ("pro", "student")
PAGE = 50
TIME = 300 - 15  # of the function, less the last seconds, in which it begins nothing


def _put_standings() -> None:
    """Write what rankings read of each offer; the first ones sell best."""
    start, end = clock.now() - timedelta(days=1), clock.now() + timedelta(days=30)
    batches.write(
        [
            Standing(
                *figures.standing_key(ORGANIZATION, f"offer-{number:06}"),
                tags=set(TAGS),
                is_published=True,
                starts_at=start,
                ends_at=end,
                transactions=OFFERS - number,
                promotions=number % 7,
            )
            for number in range(OFFERS)
        ]
    )


def test_many_offers_are_ranked_within_the_functions_time() -> None:
    _put_standings()
    shown = [f"offer-{number:06}" for number in range(PAGE)]
    put_offers(shown, TAGS)  # without their figures, which the next line gives back
    for number, name in enumerate(shown):
        Standing(*figures.standing_key(ORGANIZATION, name)).update(
            [Standing.transactions.set(OFFERS - number), Standing.promotions.set(number % 7)]
        )
    counting.mark(ORGANIZATION, clock.now())
    began, used = time.monotonic(), time.process_time()
    with recorded() as asked:
        assert rankings.make_due(clock.now(), began + TIME) == 1
    seconds, processor = time.monotonic() - began, time.process_time() - used
    requests = len(asked.names)
    print(f"{OFFERS} offers: {seconds:.1f} s, {processor:.1f} of processor, {requests} requests")
    assert seconds < TIME
    assert requests < 100 + len(TAGS) * OFFERS / 100 / 10
    promoter = Promoter(ORGANIZATION, "mei", frozenset(TAGS))
    page, following = tasks.list_tasks(
        promoter, PromoterTasks(), Wanted("overall", PAGE, ""), clock.now()
    )
    assert [task.offer.offer_id for task in page] == shown
    assert following is not None
