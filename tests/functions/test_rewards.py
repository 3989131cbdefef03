"""The reward operations, from their own example events."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.rewards.grant_reward.handler import handler as grant_reward
from functions.rewards.read_account.handler import handler as read_account
from functions.rewards.reward_referral.handler import handler as reward_referral
from sluice.organizations import calendar, changing, referrals, store
from sluice.rewards.rules import Grant
from sluice.rewards.rules.programmes import Programme
from sluice.rewards.store import grants, programmes
from sluice.shared import clock
from tests.support.aws import local_aws
from tests.support.events import claims, http, partner_call
from tests.support.rewards import assert_books_balance, balance_of, entries, rewards, stored
from tests.support.staff import NOW, found_organization

FUNCTIONS = Path(__file__).parents[2] / "functions" / "rewards"
GRANT = "POST /organizations/{organization_id}/rewards"
PARTNER_GRANT = "POST /partners/{organization_id}/rewards"
READ = "GET /organizations/{organization_id}/accounts/{account_id}"
RECOUNT = f"{READ}/recount"
BODY = {
    "natural_key": "order:1",
    "owner_id": "lin",
    "amount_minor": 500,
    "currency": "CNY",
    "reason": "goodwill",
}


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization()
        yield


def example(name: str) -> Any:
    return json.loads((FUNCTIONS / name / "event.json").read_text())


def answer(response: dict[str, Any]) -> tuple[int, Any]:
    return response["statusCode"], json.loads(response["body"])


def grant(body: Any, headers: dict[str, str] | None = None, role: str = "operator") -> Any:
    who = claims(role, "boss" if role == "operator" else "lin")
    path = {"organization_id": "acme"}
    event = http(GRANT, path=path, body=body, headers=headers, claims=who)
    return answer(grant_reward(event, None))


def partner_grant(data: Any, webhook_id: str = "msg-1", event_type: str = "reward.grant.v1") -> Any:
    event = partner_call(PARTNER_GRANT, event_type, data, clock.now(), webhook_id=webhook_id)
    return answer(grant_reward(event, None))


def read(
    account_id: str,
    query: dict[str, str] | None = None,
    who: dict[str, str] | None = None,
) -> Any:
    path = {"organization_id": "acme", "account_id": account_id}
    event = http(READ, path=path, query=query, claims=who or claims())
    return answer(read_account(event, None))


def test_the_example_event_grants_a_reward_and_again_is_the_same_reward() -> None:
    status, first = answer(grant_reward(example("grant_reward"), None))
    assert status == 201
    assert first.keys() == {
        "reward_id",
        "owner_id",
        "amount_minor",
        "currency",
        "state",
        "granted_at",
    }
    assert (first["owner_id"], first["amount_minor"], first["state"]) == ("lin", 500, "cleared")
    before = stored()
    assert answer(grant_reward(example("grant_reward"), None)) == (200, first)
    assert stored() == before
    assert_books_balance()


def test_a_partner_grants_once_however_often_it_sends() -> None:
    status, first = partner_grant(BODY)
    assert status == 201
    before = stored()
    assert partner_grant(BODY) == (200, first)
    assert partner_grant(BODY, webhook_id="msg-2") == (200, first)
    assert grant(BODY) == (200, first)
    assert stored() == before
    assert balance_of("lin", "CNY") == 500


def test_another_body_under_the_same_keys_is_refused() -> None:
    headers = {"Idempotency-Key": "k1"}
    assert grant(BODY, headers)[0] == 201
    before = stored()
    status, problem = grant(BODY | {"amount_minor": 501})
    assert (status, problem["type"]) == (409, "urn:sluice:problem:reward-differs")
    status, problem = grant(BODY | {"natural_key": "order:2"}, headers)
    assert (status, problem["type"]) == (422, "urn:sluice:problem:idempotency-key-reused")
    status, problem = partner_grant(BODY | {"amount_minor": 501})
    assert (status, problem["type"]) == (409, "urn:sluice:problem:reward-differs")
    assert stored() == before


BAD_INPUT: tuple[tuple[dict[str, Any], str], ...] = (
    ({"amount_minor": 0}, "amount_minor"),
    ({"amount_minor": -5}, "amount_minor"),
    ({"amount_minor": 10**12 + 1}, "amount_minor"),
    ({"amount_minor": 10**400}, "amount_minor"),
    ({"amount_minor": 5.5}, "amount_minor"),
    ({"amount_minor": "500"}, "amount_minor"),
    ({"amount_minor": True}, "amount_minor"),
    ({"amount_minor": None}, "amount_minor"),
    ({"currency": "cny"}, "currency"),
    ({"currency": "CNY\n"}, "currency"),
    ({"currency": ["CNY"]}, "currency"),
    ({"owner_id": ""}, "owner_id"),
    ({"owner_id": "a#b"}, "owner_id"),
    ({"owner_id": "programme:referral"}, "owner_id"),
    ({"natural_key": "a b"}, "natural_key"),
    ({"natural_key": "a" * 129}, "natural_key"),
    ({"natural_key": "钥匙"}, "natural_key"),
    ({"programme": "x:y"}, "programme"),
    ({"reason": "Prose, not a code"}, "reason"),
)


def test_bad_input_names_its_field_and_changes_nothing() -> None:
    before = stored()
    for change, field in BAD_INPUT:
        for status, problem in (grant(BODY | change), partner_grant(BODY | change)):
            assert (status, problem["type"]) == (400, "urn:sluice:problem:invalid-request")
            assert [fault["field"] for fault in problem["fields"]] == [field], change
    assert stored() == before


def test_a_body_that_is_no_reward_is_a_400() -> None:
    before = stored()
    for body in (b"", b"[]", b"{", b"\xff", BODY | {"extra": 1}, b"x" * 70_000):
        assert grant(body)[0] == 400, body
    assert stored() == before


def test_only_operators_and_the_organizations_partners_grant() -> None:
    before = stored()
    assert grant(BODY, role="member")[0] == 403
    forged = partner_call(PARTNER_GRANT, "reward.grant.v1", BODY, clock.now(), key_version=2)
    assert grant_reward(forged, None)["statusCode"] == 401
    assert partner_grant(BODY, event_type="reward.take.v1")[0] == 400
    other = claims(organization_id="other")
    event = http(GRANT, path={"organization_id": "acme"}, body=BODY, claims=other)
    assert grant_reward(event, None)["statusCode"] == 403
    assert stored() == before


def test_the_example_event_reads_the_account() -> None:
    _, reward = grant(BODY)
    status, account = answer(read_account(example("read_account"), None))
    assert status == 200
    (entry,) = account["entries"]
    assert account == {
        "owner_id": "lin",
        "balances": [{"currency": "CNY", "balance_minor": 500}],
        "entries": [entry],
    }
    assert entry["reward_id"] == reward["reward_id"]
    assert (entry["kind"], entry["amount_minor"], entry["reason"]) == ("grant", 500, "goodwill")


def test_pages_follow_the_cursor_to_the_end() -> None:
    for number in range(5):
        currency = "PTS" if number == 3 else "CNY"
        grant(BODY | {"natural_key": f"order:{number}", "currency": currency})
    seen: list[str] = []
    query = {"limit": "2"}
    for _ in range(3):
        _, page = read("lin", query)
        assert [b["currency"] for b in page["balances"]] == ["CNY", "PTS"]
        seen += [entry["transfer_id"] for entry in page["entries"]]
        query = {"limit": "2", "cursor": page.get("next_cursor", "")}
    assert query["cursor"] == ""
    assert len(seen) == len(set(seen)) == 5
    assert [e["amount_minor"] for e in read("lin", {"currency": "PTS"})[1]["entries"]] == [500]
    assert read("nobody") == (200, {"owner_id": "nobody", "balances": [], "entries": []})


def test_an_operator_sees_what_a_programme_has_spent() -> None:
    for number in range(3):
        grant(BODY | {"natural_key": f"order:{number}"})
    _, account = read("programme:referral")
    assert account["balances"] == [{"currency": "CNY", "balance_minor": -1500}]
    assert [entry["amount_minor"] for entry in account["entries"]] == [-500] * 3


READERS = (
    ("lin", claims("member", "lin"), 200),
    ("lin", claims("promoter", "lin"), 200),
    ("boss", claims("member", "lin"), 403),
    ("programme:referral", claims("member", "lin"), 403),
    ("programme:referral", claims("member", "programme:referral"), 403),
    ("lin", claims("merchant", "lin"), 200),
    ("lin", claims("operator", "boss", "other"), 403),
    ("lin", {"email": "nobody"}, 401),
)


def test_an_account_is_read_by_its_owner_and_by_operators() -> None:
    for account_id, who, expected in READERS:
        assert read(account_id, who=who)[0] == expected, (account_id, who)


BAD_QUERIES = (
    ({"limit": "0"}, "limit"),
    ({"limit": "101"}, "limit"),
    ({"limit": "ten"}, "limit"),
    ({"cursor": "x"}, "cursor"),
    ({"cursor": "é" * 8}, "cursor"),
    ({"cursor": "a" * 65}, "cursor"),
    ({"currency": "yuan"}, "currency"),
    ({"format": "xlsx"}, "format"),
    ({"from": "yesterday"}, "from"),
    ({"from": "2026-03-05", "to": "2026-03-04"}, "to"),
    ({"from": "2025-03-04", "to": "2026-03-05"}, "from"),
    ({"from": "1970-12-31", "to": "1971-01-01"}, "from"),
    ({"to": "9999-12-31"}, "to"),
)


def test_a_bad_query_names_its_field() -> None:
    for query, field in BAD_QUERIES:
        status, problem = read("lin", query)
        assert (status, [fault["field"] for fault in problem["fields"]]) == (400, [field])


def connected(**data: Any) -> Any:
    event = example("reward_referral")
    event["detail"]["data"] |= data
    return event


def test_the_example_event_rewards_the_referrer_once_per_customer() -> None:
    """A8; another seat, a connection after a loss and a repeated event grant nothing more."""
    reward_referral(connected(), None)
    assert balance_of("lin", "CNY") == 500
    before = stored()
    reward_referral(connected(), None)
    reward_referral(connected(assignment_id="another", channel_id="another"), None)
    reward_referral(connected(assignment_id="another", referrer_id="boss"), None)
    assert stored() == before
    reward_referral(connected(customer_id="another"), None)
    assert balance_of("lin", "CNY") == 1000
    assert [reward.reason for reward in rewards()] == ["customer-connected"] * 2
    assert_books_balance()


def test_an_event_that_comes_late_grants_nothing_more_at_another_rate() -> None:
    reward_referral(connected(), None)
    changing.change_organization("acme", {"referral_amount_minor": 900})
    reward_referral(connected(), None)
    assert balance_of("lin", "CNY") == 500


def test_nobody_is_rewarded_without_a_referrer() -> None:
    reward_referral(connected(referrer_id=None), None)
    reward_referral(connected(referrer_id=""), None)
    event = connected()
    del event["detail"]["data"]["referrer_id"]
    reward_referral(event, None)
    assert entries() == []


def test_a_connection_is_paid_by_what_was_promised_when_it_came_about(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However late its event is: while nothing is promised nothing is, and nothing afterwards."""
    promises: list[dict[str, Any]] = [
        {"referral_amount_minor": None, "referral_currency": None},
        {"referral_amount_minor": 300, "referral_currency": "EUR"},
        {"name": "Acme"},
        {"referral_amount_minor": 200},
    ]
    for number, promise in enumerate(promises, 1):
        monkeypatch.setattr(clock, "now", lambda number=number: NOW + timedelta(hours=number))
        for _ in range(2):  # the second time nothing is written
            assert changing.change_organization("acme", promise) == number + 1
    for hours in range(5):
        event = connected(customer_id=f"c{hours}")
        event["detail"]["occurred_at"] = (NOW + timedelta(hours=hours)).isoformat()
        reward_referral(event, None)
    assert (balance_of("lin", "CNY"), balance_of("lin", "EUR")) == (500, 300 + 300 + 200)


def test_in_the_second_of_a_change_the_new_promise_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a change of a seat DynamoDB's stream tells the second, rounded down."""
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(seconds=60.4))
    changing.change_organization("acme", {"referral_amount_minor": 900})
    for seconds, customer in ((59, "before"), (60, "after")):
        event = connected(customer_id=customer)
        event["detail"]["occurred_at"] = (NOW + timedelta(seconds=seconds)).isoformat()
        reward_referral(event, None)
    assert balance_of("lin", "CNY") == 500 + 900


def test_promises_of_before_are_kept_up_to_a_number() -> None:
    for amount in range(1, referrals.MAX_KEPT + 5):
        changing.change_organization("acme", {"referral_amount_minor": amount})
    found = store.find_organization("acme")
    assert len(found.referral_before) == referrals.MAX_KEPT
    oldest = changing.referral_reward_at(found, NOW)
    assert oldest == (4, "CNY")  # 500 and 1 to 3 are not known any more


def test_nobody_is_rewarded_where_the_organization_has_no_rate() -> None:
    settings = {"referral_amount_minor": None, "referral_currency": None}
    changing.change_organization("acme", settings)
    event = connected()
    event["detail"]["occurred_at"] = datetime.now(UTC).isoformat()
    reward_referral(event, None)
    assert entries() == []


def test_an_event_that_is_not_understood_is_left_to_the_failure_queue() -> None:
    with pytest.raises(ValueError, match="customer_id"):
        reward_referral(connected(customer_id=None), None)
    with pytest.raises(Exception, match="not valid"):
        reward_referral(connected(customer_id="a#b"), None)
    assert entries() == []


def test_a_reversed_referral_is_not_granted_again() -> None:
    reward_referral(connected(), None)
    (reward,) = rewards()
    grants.reverse("acme", reward.reward_id, "customer-fake", NOW)
    reward_referral(connected(), None)
    assert balance_of("lin", "CNY") == 0
    again = Grant(reward.natural_key, "lin", 500, "CNY", "customer-connected")
    assert grants.grant("acme", again, NOW)[0].state == "reversed"


def test_a_statement_is_of_days_of_the_organizations_calendar(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of Asia/Shanghai, where a day begins at 16:00 UTC; pages and CSV say the same."""
    calendar.forget()
    changing.change_organization("acme", {"time_zone": "Asia/Shanghai"})
    days = ("2026-03-04T15:59:59.999+00:00", "2026-03-04T16:00+00:00", "2026-03-05T16:00+00:00")
    for number, moment in enumerate(days):
        given = Grant(f"order:{number}", "lin", 10 + number, "CNY", "manual")
        grants.grant("acme", given, datetime.fromisoformat(moment))

    def of(**query: str) -> list[int]:
        named = {name.rstrip("_"): value for name, value in query.items()}
        return [entry["amount_minor"] for entry in read("lin", named)[1]["entries"]]

    assert of(from_="2026-03-05", to="2026-03-05") == [11]
    assert of(from_="2026-03-04", to="2026-03-05") == [11, 10]
    assert of(from_="2026-03-06", to="2026-03-06") == [12]
    assert of(to="2026-03-06") == [12, 11, 10]
    assert of(from_="2026-02-01", to="2026-03-03") == []
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat(days[2]))
    assert of(from_="2026-03-05") == [12, 11]
    query = {"to": "2026-03-05", "limit": "1", "format": "csv", "currency": "CNY"}
    seen = []
    for _ in range(2):
        path = {"organization_id": "acme", "account_id": "lin"}
        sheet = read_account(http(READ, path=path, query=query, claims=claims()), None)
        assert sheet["headers"]["Content-Type"] == "text/csv"
        (line,) = csv.DictReader(io.StringIO(sheet["body"].removeprefix("\ufeff")))
        seen.append((line["amount"], line["kind"], line["posted_at"]))
        query["cursor"] = sheet["headers"].get("X-Next-Cursor", "")
    assert seen == [
        ("0.11", "grant", "2026-03-04T16:00:00+00:00"),
        ("0.10", "grant", "2026-03-04T15:59:59.999000+00:00"),
    ]
    assert query["cursor"] == ""
    calendar.forget()


def test_a_statement_shows_what_is_pending_and_what_is_owed() -> None:
    pending = Programme("referral", hold_seconds=60)
    programmes.put_programme("acme", pending, NOW)
    grant(BODY)
    _, account = read("lin")
    assert account["balances"] == [{"currency": "CNY", "balance_minor": 0, "pending_minor": 500}]
    assert (account["entries"][0]["amount_minor"], account["entries"][0]["pending_minor"]) == (
        0,
        500,
    )


ACCOUNT = {"organization_id": "acme", "account_id": "lin"}


def test_an_operator_has_an_account_counted_again() -> None:
    grant({"natural_key": "k1", "owner_id": "lin", "amount_minor": 500, "currency": "CNY"})
    status, found = answer(
        read_account(http(RECOUNT, path=ACCOUNT, query={"currency": "CNY"}, claims=claims()), None)
    )
    sums = {"balance_minor": 500, "pending_minor": 0, "owed_minor": 0}
    assert (status, found) == (
        200,
        {
            "account_id": "lin",
            "currency": "CNY",
            "result": "equal",
            "entries": 1,
            "counted": sums,
            "kept": sums,
        },
    )
    path = {"organization_id": "acme", "account_id": "lin"}
    for query, who, expected in (
        ({"currency": "CNY"}, claims("member", "lin"), 403),
        ({}, claims(), 400),
        ({"currency": "CNY", "cursor": "AAAA"}, claims(), 400),
    ):
        event = http(RECOUNT, path=path, query=query, claims=who)
        assert answer(read_account(event, None))[0] == expected
