"""What an export reads from whole tables: all of an organisation's own, and nothing else (F7)."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from sluice.exports import programme_lists, scans, walks
from sluice.exports.export_tables import EXPORTS as JOBS
from sluice.exports.kinds import KINDS
from sluice.exports.store import cancel_export
from sluice.exports.walks import Asked
from sluice.invitations.promotion_tables import Link
from sluice.invitations.rules.lists import BLACKLIST, activity_list
from sluice.invitations.store import erasing
from sluice.push.recipient_tables import Recipient
from sluice.push.rules.courtesy import Person
from sluice.push.store import erasing as push_erasing
from sluice.push.store import recipients
from sluice.push.tables import Attempt
from sluice.rewards.rules import Grant
from sluice.rewards.rules.programmes import Programme
from sluice.rewards.store import grants, programmes, reversals
from sluice.shared import clock
from sluice.shared.table import connection
from tests.functions.test_exports import deliver as write
from tests.functions.test_exports import order, rows_of, seen
from tests.support import bonuses, task_payments
from tests.support.aws import all_models, items_of, local_aws
from tests.support.events import ORGANIZATION
from tests.support.people import make_bucket
from tests.support.promotion import (
    RUNNING,
    deliver,
    invite,
    keys,
    page,
    phone,
    put_customer,
    put_on,
    put_promotion,
    take_part,
    user,
)
from tests.support.push import begin_attempt, load, start_push
from tests.support.staff import found_organization

SCANNED = {
    "accounts",
    "entries",
    "rewards",
    "commissions",
    "bonus_tasks",
    "people",
    "inviters",
    "invitations",
    "participations",
    "opt_outs",
    "recipients",
    "pushes",
    "push_attempts",
}
ANN, NEW, LOST = user("ann"), user("new"), user("lost")
FRIEND, REFUSES, BANNED = phone(7), phone(8), phone(9)
NUMBER = "+8613800000001"
HIDDEN = ("a-task-token", "an-unguessable-id", NUMBER, *(one["value"] for one in (FRIEND, BANNED)))


@pytest.fixture(autouse=True)
def _world() -> Iterator[None]:
    with local_aws():
        found_organization(clock.now())
        make_bucket()
        _promote()
        _push()
        _sell()
        yield


def _promote() -> None:
    """Let Ann invite two: one takes part and both are rewarded, the other wants no invitation."""
    put_promotion(clock.now())
    put_customer(ANN)
    put_on(BLACKLIST, BANNED)
    put_on("segment:gold", LOST)
    invite(ANN, FRIEND, reference="friend-1")
    _, record = invite(ANN, REFUSES)
    refused = next(one for one in record["invitations"] if not one.get("reference"))
    page("POST", refused["link"].rpartition("/")[2], {"choice": "leave"})
    take_part(NEW, FRIEND)
    put_on(activity_list(RUNNING), NEW, FRIEND)
    deliver()


def _push() -> None:
    """Let two be known to pushes, and one of them be sent something."""
    for user_id in (NEW["value"], LOST["value"]):
        person = Person(addresses={"phone": NUMBER}, tags=("vip",))
        recipients.put_recipient(ORGANIZATION, user_id, person, clock.now())
    push_id = start_push(user_id=NEW["value"], now=clock.now())
    begin_attempt(load(push_id), 0, "a-task-token", "an-unguessable-id", clock.now())


def _sell() -> None:
    """Sell an offer and something that is none, refund what was not sold, and share."""
    task_payments.put_people(clock.now())
    task_payments.put_offer()
    assert task_payments.pay("o-1")[0] == 202
    assert task_payments.pay("o-2", offer_id="gone")[0] == 202
    assert task_payments.refund("r-1", "o-3", amount_minor=10)[0] == 202
    bonuses.put_offer()
    bonuses.put_people()
    bonuses.put_rules()
    bonuses.accepted()


def walked(kind: str, organization_id: str = ORGANIZATION) -> list[dict[str, Any]]:
    """Return the rows of a kind, as the worker walks them."""
    asked = Asked(organization_id, "https://s.example.com", clock.now())
    return [msgspec.to_builtins(row) for rows, _ in KINDS[kind].walk(asked, "") for row in rows]


def in_order(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(msgspec.json.encode(row).decode() for row in rows)


def tokens_of_links() -> list[str]:
    links = [item for item in items_of(Link) if isinstance(item, Link)]
    return [item.key.removeprefix("link#") for item in links]


def copy_to(organization_id: str) -> None:
    """Let another organisation have the same again in every table."""
    for table in sorted({str(model.Meta.table_name) for model in all_models()}):
        for item in connection.dispatch("Scan", {"TableName": table})["Items"]:
            moved = {
                name: {"S": f"{organization_id}{value['S'].removeprefix(ORGANIZATION)}"}
                if value.get("S", "").startswith(f"{ORGANIZATION}#")
                else value
                for name, value in item.items()
            }
            connection.dispatch("PutItem", {"TableName": table, "Item": moved})


def test_each_has_rows_and_none_of_another_organization() -> None:
    """F7: also of one whose name begins as ours does, or as the key of a look-up."""
    before = {kind: in_order(walked(kind)) for kind in SCANNED}
    assert all(before.values()), {kind for kind in SCANNED if not before[kind]}
    for other in ("acme2", "ac", "globex"):
        copy_to(other)
    assert {kind: in_order(walked(kind)) for kind in SCANNED} == before
    assert {kind: len(walked(kind, "acme2")) for kind in SCANNED} == {
        kind: len(rows) for kind, rows in before.items()
    }
    assert tokens_of_links()
    for stranger in ("link", "acm"):
        assert {kind: walked(kind, stranger) for kind in SCANNED} == {kind: [] for kind in SCANNED}


def test_a_page_without_rows_is_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """F7: a page is of items that were looked at, whosever they are."""
    copy_to("another")
    before = {kind: in_order(walked(kind)) for kind in SCANNED}
    monkeypatch.setattr(scans, "ITEMS", 2)
    assert {kind: in_order(walked(kind)) for kind in SCANNED} == before
    asked = Asked(ORGANIZATION, "", clock.now())
    sizes = [len(rows) for rows, _ in KINDS["recipients"].walk(asked, "")]
    assert sum(sizes) == 2
    assert sizes.count(0) > 2


def test_a_worker_goes_on_where_another_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """F7: a page to a slice, each by a new worker, and its event delivered twice."""
    copy_to("another")
    kinds = ("people", "entries", "pushes")
    wanted = {kind: in_order(walked(kind)) for kind in kinds}
    monkeypatch.setattr(scans, "ITEMS", 4)
    export_id = order(*kinds)
    slices = 0
    monkeypatch.setattr(time, "monotonic", iter(range(0, 10_000_000, 1000)).__next__)
    while seen(export_id)["status"] == "running":
        slices += 1
        assert slices < 200
        write(export_id)
    assert slices > 10
    assert {kind: in_order(rows_of(export_id, kind)) for kind in kinds} == wanted


def test_one_that_ends_on_its_way_keeps_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """C6: a place in a whole table is the key of anybody's item."""
    copy_to("another")
    monkeypatch.setattr(scans, "ITEMS", 1)
    monkeypatch.setattr(time, "monotonic", iter(range(0, 10_000_000, 1000)).__next__)
    export_id = order("recipients")
    write(export_id)
    assert msgspec.json.decode(JOBS.load(ORGANIZATION, export_id).place_inside).keys() >= {"key"}
    cancel_export(ORGANIZATION, export_id, clock.now())
    assert JOBS.load(ORGANIZATION, export_id).place_inside == ""


def test_who_was_erased_does_not_come_back() -> None:
    """C6, F7."""
    (key,) = keys(NEW)
    known = {kind: str(walked(kind)) for kind in ("people", "participations", "invitations")}
    assert len(walked("recipients")) == 2
    assert all(key in known[kind] for kind in ("people", "participations"))
    person_keys, now = [*keys(NEW), *keys(FRIEND), *keys(LOST)], clock.now()
    erasing.erase(ORGANIZATION, person_keys, now, keep_blacklisted=False)
    deliver()
    push_erasing.erase(ORGANIZATION, LOST["value"], clock.now())
    for kind in ("people", "participations", "invitations"):
        assert not [one for one in person_keys if one in str(walked(kind))], kind
    assert walked("recipients") == []
    marks = [one for one in items_of(Recipient) if isinstance(one, Recipient)]
    assert [one.person for one in marks] == [None, None]
    assert walked("opt_outs"), "these keep them from being invited"
    assert [one for one in walked("people") if one.get("list") == BLACKLIST]


def test_no_row_has_a_token_a_link_or_an_address() -> None:
    """F7, C6."""
    tokens = tokens_of_links()
    assert len(tokens) >= 2
    assert items_of(Attempt)
    for kind in KINDS:
        text = str(walked(kind))
        assert not [word for word in (*tokens, *HIDDEN) if word in text], kind


def test_rows_say_what_the_api_says_and_whose() -> None:
    """F7."""
    (ann,), (new,) = keys(ANN), keys(NEW)
    (one,) = walked("participations")
    assert (one["user_id"], one["promotion_id"], one["state"]) == ("new", RUNNING, "rewarded")
    (sent,) = walked("invitations")
    assert one["inviter"] == sent["inviter"] == ann
    assert (sent["invitation_id"], sent["reference"]) == (one["invitation_id"], "friend-1")
    (inviter,) = walked("inviters")
    assert (inviter["user_id"], inviter["rewarded"]) == ("ann", 1)
    (pushed,), (attempt,) = walked("pushes"), walked("push_attempts")
    assert pushed["push_id"] == attempt["push_id"]
    assert (pushed["user_id"], attempt["channel"], attempt["position"]) == ("new", "wechat", 0)
    users = {row["person_key"]: row["user_id"] for row in walked("people") if row["what"] == "user"}
    assert users[new] == "new"
    assert Counter(row["what"] for row in walked("people"))["same"] == 2
    (task,) = walked("bonus_tasks")
    assert (task["member_id"], task["state"]) == (bonuses.PROMOTER, "accepted")


def test_payments_for_what_was_no_offer_are_in_it_and_those_not_yet_told_of_are_not() -> None:
    """D5, F7."""
    found = {row["order_id"]: row for row in walked("commissions")}
    assert set(found) == {"o-1", "o-2"}
    assert "merchant_id" not in found["o-2"]
    assert (found["o-2"]["amount_minor"], found["o-2"]["reason"]) == (10_000, "no-such-offer")


def test_the_entries_of_each_currency_add_up_to_zero() -> None:
    """F7: double entry, for all owners: customers, merchants, programmes, the platform."""
    points = Grant("gift-1", "walk-in", 300, "PTS", "gift", "gifts")
    given = grants.grant(ORGANIZATION, points, clock.now())[0]
    reversals.reverse(ORGANIZATION, given.reward_id, "mistake", clock.now())
    entries, accounts = walked("entries"), walked("accounts")
    sums: Counter[str] = Counter()
    owned: Counter[tuple[str, str]] = Counter()
    for row in entries:
        sums[row["currency"]] += row["amount_minor"]
        owned[row["owner_id"], row["currency"]] += row["amount_minor"]
    assert sums == {"CNY": 0, "PTS": 0}
    held: Counter[tuple[str, str]] = Counter()
    for row in accounts:
        held[row["owner_id"], row["currency"]] += row["balance_minor"]
    assert held == owned
    owners = {owner for owner, _ in owned}
    assert owners >= {"user:ann", "user:new", "orchard", "walk-in", "programme:gifts"}
    assert {row["owner_id"] for row in walked("rewards")} >= {"user:ann", "walk-in"}


def test_what_is_posted_after_the_order_is_in_no_entry() -> None:
    """F7: one half of a transfer might be behind the scan, the other one before it."""
    before, ordered_at = len(walked("entries")), clock.now()
    late = Grant("gift-2", "walk-in", 300, "PTS", "gift", "gifts")
    grants.grant(ORGANIZATION, late, ordered_at + timedelta(seconds=1))
    asked = Asked(ORGANIZATION, "", ordered_at)
    assert sum(len(rows) for rows, _ in KINDS["entries"].walk(asked, "")) == before
    asked = asked._replace(now=ordered_at + timedelta(seconds=1))
    assert sum(len(rows) for rows, _ in KINDS["entries"].walk(asked, "")) == before + 2


def test_settings_of_programmes_and_bonus_tasks_are_listed_page_by_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """F7."""
    for name in ("books", "gifts"):
        wanted = Programme(name, budget={"CNY": 1_000}, hold_seconds=60)
        programmes.put_programme(ORGANIZATION, wanted, clock.now())
    for offer_id in ("a", "b-1", "b"):
        bonuses.put_rules(offer_id=offer_id)
    for size in (1, 2, walks.PAGE):
        monkeypatch.setattr(programme_lists, "PAGE", size)
        assert [row.get("offer_id") for row in walked("bonus_rules")] == [None, "a", "b", "b-1"]
        (*_, gifts) = walked("programmes")
        assert gifts["programme"] == "gifts"
        assert gifts["budgets"][0]["left_minor"] == 1_000
        assert len({row["programme"] for row in walked("programmes")}) >= 2
