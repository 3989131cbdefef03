"""What a task list and a rank cost when there are many offers and promoters (D2, D3, D10)."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from sluice.organizations.rules import PromoterTasks
from sluice.promoters.rules import rankings as rules
from sluice.promoters.rules.rankings import Entry
from sluice.promoters.store import boards, counting, figures, rankings, tasks
from sluice.promoters.store.tasks import Promoter, Wanted
from sluice.promoters.tables import RankingHead, Standing
from sluice.shared import clock
from sluice.shared.table import find
from tests.support.aws import local_aws
from tests.support.events import ORGANIZATION
from tests.support.promoters import put_offers
from tests.support.requests import recorded
from tests.support.staff import found_organization

NOW = clock.now()
MANY = 100_000
PAGE = 50
MEI = Promoter(ORGANIZATION, "mei", frozenset({"pro", "student"}))


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization()
        yield


def publish(many: int, listed: Sequence[str] = ()) -> str:
    """Write the ranking of so many offers for two tags, and of as many promoters; the head last."""
    generation = rules.generation_of(NOW)
    names = [*listed, *(f"offer-{number:06}" for number in range(many - len(listed)))]
    entries = [Entry(name, many - number) for number, name in enumerate(names)]
    promoters = [Entry(f"p{number:06}", many - number) for number in range(many)]
    for tag in MEI.tags:
        key = rankings.ranking_key(ORGANIZATION, rankings.tag_name(tag), generation)
        rankings.write(key, entries, NOW)
    key = rankings.ranking_key(ORGANIZATION, rankings.board_name("all"), generation)
    rankings.write(key, promoters, NOW)
    rankings.write_places(ORGANIZATION, "all", generation, promoters, NOW)
    head = RankingHead(*figures.head_key(ORGANIZATION), generation=generation)
    head.boards, head.due_at = f'{{"all":{many}}}', NOW + rules.REMADE
    head.save()
    return generation


@pytest.mark.parametrize("many", [1_000, pytest.param(MANY, marks=pytest.mark.proof)])
def test_a_page_costs_the_same_whatever_the_number_of_offers(many: int) -> None:
    names = [f"a-{number:03}" for number in range(3 * PAGE)]
    put_offers(names)
    publish(many, names)
    cursor, seen, asked_for = "", [], []
    for _ in range(3):
        with recorded() as asked:
            page, following = tasks.list_tasks(
                MEI, PromoterTasks(), Wanted("overall", PAGE, cursor), NOW
            )
        seen += [task.offer.offer_id for task in page]
        asked_for.append(sorted(asked.names))
        cursor = following or ""
    assert seen == names
    pages = ["BatchGetItem"] * 2
    assert asked_for[0] == [*pages, "GetItem", "Query", "Query"]  # the head; a chunk of each tag
    assert asked_for[1] == [*pages, *["Query"] * 4]  # it ends with the chunk: one more looks on
    assert asked_for[2] == [*pages, *["Query"] * 4]


@pytest.mark.parametrize("many", [1_000, pytest.param(MANY, marks=pytest.mark.proof)])
def test_a_rank_costs_five_requests_whatever_the_number_of_promoters(many: int) -> None:
    publish(many)
    for rank in (1, 100, 101, 555, 1_000):
        with recorded() as asked:
            found = boards.around(ORGANIZATION, f"p{rank - 1:06}", "all", 3, NOW)
        assert (found.rank, found.promoters) == (rank, many)
        expected = range(max(1, rank - 3), min(many, rank + 3) + 1)
        assert [row.name for row in found.rows] == [f"p{number - 1:06}" for number in expected]
        assert found.first_rank == expected[0]
        assert len(asked.names) <= 5  # head, where they stand, their chunk, at most two beside it


def test_rankings_are_written_as_figures_say_and_read_back_whole() -> None:
    names = [f"o-{number:03}" for number in range(250)]
    put_offers(names, tags={"pro"})
    for number, name in enumerate(names):
        item = Standing(*figures.standing_key(ORGANIZATION, name))
        item.update([Standing.transactions.set(number % 7)])
    rankings.make(ORGANIZATION, NOW)
    expected = sorted(names, key=lambda name: (-(names.index(name) % 7), name))
    seen: list[str] = []
    cursor = ""
    while True:
        wanted = Wanted("overall", 60, cursor)
        page, following = tasks.list_tasks(MEI, PromoterTasks(), wanted, NOW)
        seen += [task.offer.offer_id for task in page]
        if following is None:
            break
        cursor = following
    assert seen == expected


def test_a_sweep_makes_what_is_due_once_and_an_older_generation_never_wins() -> None:
    put_offers(["a"])
    counting.mark(ORGANIZATION, NOW)
    until = float("inf")
    assert rankings.make_due(NOW, until) == 1
    assert rankings.make_due(NOW, until) == 0
    later = NOW + rules.REMADE
    assert rankings.make_due(later, until) == 1  # before its chunks expire
    rankings.make(ORGANIZATION, NOW - timedelta(seconds=1))
    head = find(RankingHead, *figures.head_key(ORGANIZATION))
    assert head is not None
    assert head.generation == rules.generation_of(later)
