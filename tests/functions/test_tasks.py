"""Task lists and ranks: what promoters see, counted and ranked by the sweep (D2, D3, D10)."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.organizations.put_organization.handler import handler as put_organization
from functions.promoters.count_tasks.handler import handler as count_tasks
from functions.promoters.put_offer.handler import handler as put_offer
from functions.promoters.read_tasks.handler import handler as read_tasks
from functions.promoters.refresh_rankings.handler import handler as refresh_rankings
from sluice.organizations import store
from sluice.promoters.store import counting, figures
from sluice.promoters.tables import RankingHead
from sluice.shared import clock
from sluice.shared.outbox import OutboxItem, event_of
from sluice.shared.table import find
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION, claims, http
from tests.support.offers import OFFER
from tests.support.promoters import counted, deliver, happened, recount
from tests.support.staff import found_organization

ORG = "/organizations/{organization_id}"
FUNCTIONS = Path(__file__).parents[2] / "functions" / "promoters"
NOW = clock.now()


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization()
        store.put_member(ORGANIZATION, "orchard", {"name": "O", "roles": {"merchant"}}, NOW)
        put_promoter("mei", "student", "pro")
        put_promoter("bo", "pro")
        yield


def put_promoter(member_id: str, *tags: str) -> None:
    settings: dict[str, Any] = {"name": member_id, "roles": {"promoter"}, "tags": set(tags)}
    store.put_member(ORGANIZATION, member_id, settings, NOW)


def put(offer_id: str, *tags: str, **changes: Any) -> None:
    rules = [{"tag": tag, "amount_minor": 100} for tag in tags] or OFFER["rules"]
    path = {"organization_id": ORGANIZATION, "offer_id": offer_id}
    body = OFFER | {"rules": rules} | changes
    event = http(f"PUT {ORG}/offers/{{offer_id}}", path=path, body=body, claims=claims())
    assert put_offer(event, None)["statusCode"] == 200


def relay() -> None:
    """Deliver what the outbox holds, and make the rankings that are due."""
    outbox = [item for item in items_of(OutboxItem) if isinstance(item, OutboxItem)]
    deliver(event_of(item) for item in outbox if item.type == "offer.changed.v1")
    rank()


def rank() -> None:
    refresh_rankings({}, None)


def ask(what: str, member_id: str, who: dict[str, str] | None = None, **query: str) -> Any:
    path = {"organization_id": ORGANIZATION, "member_id": member_id}
    route = f"GET {ORG}/promoters/{{member_id}}/{what}"
    who = who or claims("promoter", member_id)
    response = read_tasks(http(route, path=path, query=query or None, claims=who), None)
    return response["statusCode"], json.loads(response["body"])


def listed(member_id: str = "mei", **query: str) -> list[str]:
    """Follow a list to its end."""
    found, cursor = [], None
    while True:
        status, page = ask(
            "tasks", member_id, None, **query, **({"cursor": cursor} if cursor else {})
        )
        assert status == 200, page
        found += [item["offer_id"] for item in page["items"]]
        cursor = page.get("next_cursor")
        if cursor is None:
            return found


def sell(offer_id: str, member_id: str, times: int, order: str = "") -> None:
    for number in range(times):
        name = f"{order or offer_id}-{member_id}-{number}"
        data = {"offer_id": offer_id, "member_id": member_id, "paid_at": NOW.isoformat()}
        deliver([happened("payment.settled.v1", name, NOW, **data)])


def test_the_example_events_run() -> None:
    example = json.loads((FUNCTIONS / "count_tasks" / "event.json").read_text())
    for _ in range(2):
        count_tasks(example, None)
    own = figures.own(ORGANIZATION, "mei", "apples")
    assert own is not None
    assert own.transactions == 1
    event = json.loads((FUNCTIONS / "read_tasks" / "event.json").read_text())
    assert read_tasks(event, None)["statusCode"] == 200


def test_a_list_holds_exactly_the_offers_for_the_promoters_tags_with_the_best_reward() -> None:
    student, pro = OFFER["rules"]
    tiers = [{"from_transactions": 2, "rate_millionths": 200_000}]
    put("apples", rules=[student, pro | {"tiers": tiers}])
    put("pears", "teacher")
    put("plums", "pro")
    put("draft", "pro", status="draft")
    put("later", "pro", starts_at="2029-01-01T00:00:00Z")
    relay()
    assert listed("mei") == ["apples", "plums"]
    assert listed("bo") == ["apples", "plums"]
    (apples, _) = ask("tasks", "mei")[1]["items"]
    assert apples["reward"] == {
        "tag": "student",
        "amount_minor": 1500,
        "fixed_minor": 1500,
        "others": [{"tag": "pro", "amount_minor": 1000}],
    }
    (apples, _) = ask("tasks", "bo")[1]["items"]
    assert apples["reward"].items() >= {"tag": "pro", "next_tier_from": 2}.items()
    sell("apples", "mei", 2)
    (apples, _) = ask("tasks", "mei")[1]["items"]  # by the tier from 2 on
    assert apples["reward"].items() >= {"tag": "pro", "amount_minor": 2000}.items()
    assert apples["own"] == {"transactions": 2, "promotions": 0, "visits": 0}


def test_a_paused_offer_is_left_out_at_once_and_comes_back_with_the_next_ranking() -> None:
    put("apples", "pro")
    put("plums", "pro")
    relay()
    put("apples", "pro", status="paused")
    assert listed() == ["plums"]
    put("apples", "pro")
    put("figs", "pro")
    assert listed() == ["apples", "plums"]
    relay()
    assert listed() == ["apples", "figs", "plums"]
    store.put_member(ORGANIZATION, "mei", {"roles": {"promoter"}, "tags": set()}, NOW)
    assert listed() == []


def test_the_three_orders_and_their_ties() -> None:
    for offer_id in ("a", "b", "c", "d", "e"):
        put(offer_id, "pro")
    sell("c", "bo", 3)
    sell("d", "bo", 1)
    sell("d", "mei", 1)
    sell("b", "mei", 1)
    deliver([happened("task.shared.v1", "s", offer_id="e", member_id="mei")])
    deliver([happened("promoter.visited.v1", "v", offer_id="a", member_id="mei")])
    relay()
    # In all: c 30, d 20, b 10, e 1, a 0. Of mei: d 10, b 10, e 1.
    assert listed(order="overall") == ["c", "d", "b", "e", "a"]
    assert listed(order="own") == ["d", "b", "e", "c", "a"]
    assert listed(order="combined") == ["d", "b", "c", "e", "a"]  # 120, 110, 30, 11, 0
    assert listed("bo", order="own") == ["c", "d", "b", "e", "a"]
    for order in ("overall", "own", "combined"):
        assert listed(order=order, limit="2") == listed(order=order)
    body = {"name": "Acme", "promoter_tasks": {"transactions_weight": 0, "own_weight": 0}}
    path = {"organization_id": ORGANIZATION}
    put_organization(http(f"PUT {ORG}", path=path, body=body, claims=claims()), None)
    counting.mark(ORGANIZATION, clock.now())
    rank()
    assert listed(order="overall") == ["e", "a", "b", "c", "d"]
    assert listed(order="combined") == ["e", "a", "b", "c", "d"]


@pytest.mark.parametrize(
    "order",
    [
        pytest.param("overall", marks=pytest.mark.proof),
        pytest.param("own", marks=pytest.mark.proof),
        "combined",
    ],
)
def test_a_list_goes_on_as_it_began_while_figures_move(order: str) -> None:
    names = [f"o{number}" for number in range(5)]
    for name in names:
        put(name, "pro", "student")
    for number, name in enumerate(names):
        sell(name, "mei" if number % 2 else "bo", number)
    relay()
    whole = listed(order=order)
    assert sorted(whole) == names
    found: list[str] = []
    cursor: dict[str, str] = {}
    for number in range(len(names)):
        _, page = ask("tasks", "mei", None, order=order, limit="1", **cursor)
        found += [item["offer_id"] for item in page["items"]]
        cursor = {"cursor": page["next_cursor"]} if "next_cursor" in page else {}
        sell(names[0], "mei", 2, order=f"more{number}")
        if number in {0, 2}:
            rank()
    assert found == whole
    assert not cursor
    rank()
    assert listed(order=order)[0] == "o0"


def test_figures_are_those_of_a_recount_however_events_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draw = random.Random(7)
    events = []
    for number in range(12):
        task = {
            "offer_id": draw.choice(["a", "b"]),
            "member_id": draw.choice(["mei", "bo", None]),
        }
        paid = NOW - timedelta(days=draw.choice([0, 40]))
        order = task | {"paid_at": paid.isoformat()}
        events += [
            happened("promoter.visited.v1", f"v{number}", NOW, **task),
            happened("task.shared.v1", f"s{number}", NOW, **task),
            happened("payment.settled.v1", f"o{number}", NOW, **order),
            happened("payment.refunded.v1", f"o{number}", NOW, **order, is_whole=number % 3 == 0),
        ]
    twice = events + events
    draw.shuffle(twice)
    deliver(twice)
    assert counted() == recount(events)
    assert any(name.startswith("total 2") for name in counted())
    monkeypatch.setattr(counting, "mark", None)  # visits weigh nothing: no new ranking for them
    deliver([happened("promoter.visited.v1", "v-last", NOW, offer_id="a", member_id="bo")])


def test_a_rank_shows_ones_neighbours_and_nobody_who_is_not_there() -> None:
    assert ask("rank", "mei") == (200, {"period": f"{_month()}", "promoters": 0, "items": []})
    put_promoter("idle", "pro")
    sell("a", "mei", 2)
    sell("a", "bo", 1)
    for name in ("p1", "p2", "p3"):
        sell("b", name, 3)
    rank()
    status, seen = ask("rank", "mei", neighbours="1", period="all")
    assert (status, seen["rank"], seen["promoters"]) == (200, 4, 5)
    assert seen["items"] == [
        {"rank": 3, "member_id": "p3", "coefficient": 30},
        {"rank": 4, "member_id": "mei", "coefficient": 20},
        {"rank": 5, "member_id": "bo", "coefficient": 10},
    ]
    assert [row["rank"] for row in ask("rank", "mei")[1]["items"]] == [1, 2, 3, 4, 5]
    _, idle = ask("rank", "idle")
    assert (idle["items"], idle["promoters"], "rank" in idle) == ([], 5, False)


def _month() -> str:
    return f"{NOW.astimezone(UTC) + timedelta(hours=8):%Y-%m}"


def test_a_promoter_reads_their_own_only_and_an_operator_anybodys() -> None:
    for what in ("tasks", "rank"):
        assert ask(what, "mei")[0] == 200
        assert ask(what, "mei", claims())[0] == 200
        assert ask(what, "bo", claims("promoter", "mei"))[0] == 403
        assert ask(what, "mei", claims("merchant", "orchard"))[0] == 403
        assert ask(what, "orchard", claims())[0] == 404
        assert ask(what, "nobody", claims())[0] == 404


def test_a_cursor_too_old_or_of_no_list_is_refused() -> None:
    for offer_id in ("a", "b"):
        put(offer_id, "pro")
    sell("b", "mei", 1)
    relay()
    _, page = ask("tasks", "mei", limit="1", order="own")
    cursor = page["next_cursor"]
    assert ask("tasks", "bo", cursor=cursor)[1]["type"].endswith("list-outdated")  # another's
    later = (NOW + timedelta(hours=4)).replace(microsecond=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: later)
        assert ask("tasks", "mei", cursor=cursor)[1]["type"].endswith("list-outdated")
        assert ask("tasks", "mei")[0] == 503  # nobody has ranked for hours
        assert ask("rank", "mei", period="all")[0] == 503
    assert ask("tasks", "mei", cursor="bm9uZQ")[0] == 400
    assert ask("tasks", "mei", order="any")[0] == 400


def test_what_changes_while_rankings_are_made_is_in_the_next_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put("a", "pro")
    relay()
    head = _head()
    assert head.due_at > clock.now() + timedelta(minutes=50)
    counting.mark(ORGANIZATION, clock.now())
    with monkeypatch.context() as patch:
        made = figures.offers_key

        def late(organization_id: str, shard: int) -> str:
            if shard == 0:
                counting.mark(ORGANIZATION, clock.now())
            return made(organization_id, shard)

        patch.setattr(figures, "offers_key", late)
        rank()
    assert _head().generation > head.generation
    assert _head().due_at <= clock.now()
    rank()
    assert _head().due_at > clock.now()


def _head() -> RankingHead:
    found = find(RankingHead, *figures.head_key(ORGANIZATION))
    assert found is not None
    return found


def test_an_organisation_without_anything_to_rank_is_left_alone() -> None:
    counting.mark(ORGANIZATION, datetime.now(UTC))
    rank()
    assert _head().due_at is None


def test_an_offer_whose_time_comes_later_is_listed_when_it_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first one of an organisation, too: nothing else asks for new rankings."""
    starts_at = (clock.now() + timedelta(days=2)).replace(microsecond=0)
    put("a", "pro", starts_at=starts_at.isoformat())
    relay()
    assert listed() == []
    monkeypatch.setattr(clock, "now", lambda: starts_at + timedelta(minutes=1))
    rank()
    assert listed() == ["a"]


def test_a_list_without_offers_is_empty_however_long_there_were_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put("a", "pro", status="paused")
    relay()
    assert _head().due_at is None
    later = clock.now() + timedelta(hours=4)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert ask("tasks", "mei") == (200, {"items": []})


def test_new_rankings_are_asked_for_once_until_the_next_are_begun() -> None:
    """The item that says so is one: it must not meet every payment of an organisation."""
    put("a", "pro")
    relay()
    before = _head().marks
    sell("a", "mei", 3)
    assert _head().marks == before + 1
    rank()
    sell("a", "bo", 2)
    assert _head().marks == before + 2
    rank()
    assert [row["coefficient"] for row in ask("rank", "mei")[1]["items"]] == [30, 20]
