"""Reading what was counted (A8) on moto: each row once, in order, and nothing beside it."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest

from sluice.codes.rules.counts import TOTAL, Count, Row
from sluice.codes.store import figures, statistics
from sluice.codes.store.figures import Asked, Counted
from sluice.shared.errors import Invalid
from tests.support.aws import local_aws
from tests.support.events import ORGANIZATION
from tests.support.requests import recorded
from tests.support.staff import NOW

DAYS = ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]
FEBRUARY = (date(2026, 2, 1), date(2026, 2, 28))
ALL = (date(2026, 2, 1), date(2026, 3, 31))
IDS = [f"c{n}" for n in range(37)]


@pytest.fixture(autouse=True)
def joins() -> Iterator[dict[tuple[str, str], int]]:
    """Joins of each channel and day; some have none."""
    chance = random.Random(7)  # the same every time
    told = {(day, name): chance.randint(0, 3) for day in DAYS for name in IDS}
    joined = {key: number for key, number in told.items() if number}
    changes = {
        f"{day}.{name}": Counter(
            {Count(Row("channels", name, when), "joins"): number for when in (day, TOTAL)}
        )
        for (day, name), number in joined.items()
    }
    with local_aws():
        statistics.count(ORGANIZATION, changes, NOW)
        yield joined


def asked(
    days: tuple[date, date] | None = None,
    its_id: str | None = None,
    *,
    by_day: bool = False,
    limit: int = 1000,
    cursor: str = "",
) -> Asked:
    return Asked("channels", its_id, days, by_day, limit, cursor)


def all_pages(wanted: Asked) -> list[Counted]:
    found: list[Counted] = []
    for _ in range(1000):
        page, following = figures.read(ORGANIZATION, wanted)
        assert len(page) <= wanted.limit
        found += page
        if following is None:
            return found
        wanted = wanted._replace(cursor=following)
    raise AssertionError("the pages do not end")


def shown(found: list[Counted]) -> list[tuple[str, str, int]]:
    return [(one.day, one.id, one.counters["joins"]) for one in found]


@pytest.mark.parametrize("limit", [1, 7, 36, 37, 38])
def test_pages_of_totals_show_each_id_once_in_order(
    joins: dict[tuple[str, str], int], limit: int
) -> None:
    sums = Counter[str]()
    for (_, name), number in joins.items():
        sums[name] += number
    expected = [(TOTAL, name, sums[name]) for name in sorted(sums)]
    assert shown(all_pages(asked(limit=limit))) == expected


@pytest.mark.parametrize("limit", [5, 1000])
def test_pages_of_days_show_each_row_once_in_order(
    joins: dict[tuple[str, str], int], limit: int
) -> None:
    expected = [(day, name, n) for (day, name), n in sorted(joins.items()) if day < "2026-03"]
    assert shown(all_pages(asked(FEBRUARY, by_day=True, limit=limit))) == expected


@pytest.mark.parametrize("limit", [4, 1000])
def test_pages_of_sums_add_up_the_days_of_each_id(
    joins: dict[tuple[str, str], int], limit: int
) -> None:
    sums = Counter[str]()
    for (day, name), number in joins.items():
        if day < "2026-03":
            sums[name] += number
    expected = [(TOTAL, name, sums[name]) for name in sorted(sums)]
    assert shown(all_pages(asked(FEBRUARY, limit=limit))) == expected


def test_the_days_of_one_id_are_one_request_of_its_own_rows(
    joins: dict[tuple[str, str], int],
) -> None:
    with recorded() as requests:
        found = all_pages(asked(ALL, "c3", by_day=True))
    assert requests.names == ["BatchGetItem"]
    expected = [(day, name, n) for (day, name), n in sorted(joins.items()) if name == "c3"]
    assert shown(found) == expected
    assert shown(all_pages(asked(ALL, "c3", by_day=True, limit=1))) == expected


def test_one_id_in_all_and_over_days_is_one_request(joins: dict[tuple[str, str], int]) -> None:
    sums = Counter({day: n for (day, name), n in joins.items() if name == "c5"})
    with recorded() as requests:
        in_all, _ = figures.read(ORGANIZATION, asked(None, "c5"))
        over, _ = figures.read(ORGANIZATION, asked(FEBRUARY, "c5"))
    assert requests.names == ["BatchGetItem", "BatchGetItem"]
    assert [one.counters["joins"] for one in in_all] == [sums.total()]
    assert [n for _, _, n in shown(over)] == [sums["2026-02-27"] + sums["2026-02-28"]]
    assert figures.read(ORGANIZATION, asked(None, "nobody")) == ([], None)


def test_a_page_reads_little_more_than_it_shows() -> None:
    with recorded() as requests:
        figures.read(ORGANIZATION, asked(limit=8))
    assert requests.names == ["Query"] * statistics.SHARDS
    assert all(request["Limit"] <= 8 // statistics.SHARDS + 10 for _, request in requests)


@pytest.mark.parametrize("cursor", ["c1", "Yw", "dG90YWwjYzE"])
def test_a_cursor_of_another_list_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid):
        figures.read(ORGANIZATION, asked(FEBRUARY, by_day=True, cursor=cursor))


def test_a_cursor_of_other_days_leads_nowhere() -> None:
    _, following = figures.read(ORGANIZATION, asked(ALL, by_day=True, limit=100))
    assert following is not None
    assert figures.read(ORGANIZATION, asked(FEBRUARY, by_day=True, cursor=following)) == ([], None)
