"""The console's pages of bonus rules, of the organisation and of an offer (D6 to D9, F5)."""

from collections.abc import Iterator
from typing import Any

import pytest

from sluice.shared import clock
from tests.support.acme_data import BONUS_RULES
from tests.support.aws import local_aws
from tests.support.bonuses import put_offer
from tests.support.console import ask, signed_in
from tests.support.staff import found_organization

EVIL = '"><script>alert(1)</script>'
GIVEN = {
    "rules[0].channel_type": "",
    "rules[0].deadline.unit": "days",
    "rules[1].channel_type": "wechat",
    "rules[1].transactions": "10",
    "rules[1].deadline.count": "36",
    "rules[1].deadline.unit": "hours",
    "rules[1].amount": "50.50",
    "rules[1].currency": "cny",
    "rules[1].reminder.count": "1",
    "rules[1].reminder.unit": "days",
    "rules[1].coupon.below_transactions": "3",
    "rules[1].coupon.amount_minor": "500",
    "rules[1].coupon.max_count": "100",
    "rules[1].coupon.valid.count": "10",
    "rules[1].coupon.valid.unit": "days",
    "programme": "thanks",
    "telling.strategy_id": "told",
    "telling.offered.title": "{product}",
    "telling.offered.body": "{missing} to go",
    "hints": "yes",
    "hints.few_transactions": "9",
    "hints.correlation": "12.5",
    "hints.interval.count": "12",
    "hints.interval.unit": "hours",
    "hints.min_age.count": "0",
    "hints.min_age.unit": "days",
}
RULE = {
    "channel_type": "wechat",
    "transactions": 10,
    "deadline_seconds": 36 * 3600,
    "amount_minor": 5050,
    "currency": "CNY",
    "reminder_seconds": 86_400,
}
COUPON = {
    "below_transactions": 3,
    "amount_minor": 500,
    "valid_seconds": 10 * 86_400,
    "max_count": 100,
}


@pytest.fixture(autouse=True)
def _organization() -> Iterator[None]:
    with local_aws():
        found_organization(clock.now())
        yield


def test_bonus_tasks_and_hints_are_set_for_the_organisation() -> None:
    visitor = signed_in()
    assert "Task 1" in visitor.get("bonus-rules").text
    sent = visitor.post("bonus-rules", **GIVEN)
    assert sent.location == "bonus-rules?done=saved", sent.text
    found = ask("GET", "bonus-rules")
    (rule,) = found["rules"]
    assert {name: rule[name] for name in RULE} == RULE
    assert rule["coupon"] == COUPON
    assert found["programme"] == "thanks"
    assert found["telling"]["offered"]["body"] == "{missing} to go"
    assert found["telling"].get("reminder") is None
    hints = found["hints"]
    assert (hints["few_transactions"], hints["correlation_millionths"]) == (9, 125_000)
    assert (hints["interval_seconds"], hints["min_age_seconds"]) == (12 * 3600, 0)
    seen = visitor.get("bonus-rules")
    for written in ('value="50.50"', 'value="36"', 'value="12.5"', 'value="told" selected'):
        assert written in seen.html
    for field, label in (("promotions", "Shares"), ("transactions", "Sales")):
        assert f'<label for="rules[0].{field}">{label} that are asked for' in seen.html
    assert "奖励任务与提示" in signed_in(language="zh").get("bonus-rules").text


def test_what_the_form_does_not_show_stays() -> None:
    pairs = [{"one": "food/fruit", "other": "food/jam", "millionths": 700_000}]
    known: dict[str, Any] = BONUS_RULES
    ask("PUT", "bonus-rules", known | {"hints": known["hints"] | {"pairs": pairs}})
    visitor = signed_in()
    assert "set by the API and stays" in visitor.get("bonus-rules").text
    visitor.post("bonus-rules", **GIVEN)
    assert ask("GET", "bonus-rules")["hints"]["pairs"] == pairs
    without = {name: value for name, value in GIVEN.items() if name != "hints"}
    visitor.post("bonus-rules", **without | {"telling.strategy_id": ""})
    assert ask("GET", "bonus-rules")["hints"]["few_transactions"] == 9  # it was refused
    del without["telling.offered.title"], without["telling.offered.body"]
    visitor.post("bonus-rules", **without | {"telling.strategy_id": ""})
    found = ask("GET", "bonus-rules")
    assert (found.get("hints"), found.get("telling")) == (None, None)


def test_an_offer_has_rules_of_its_own() -> None:
    put_offer()
    visitor = signed_in()
    page = visitor.get("bonus-rules/apples")
    assert "Bonus tasks of Apples, 5 kg" in page.text
    assert "Hints to merchants" not in page.text
    sent = visitor.post("bonus-rules/apples", **GIVEN)
    assert sent.location == "bonus-rules/apples?done=saved", sent.text
    found = ask("GET", "offers/apples/bonus-rules")
    assert (found["rules"][0]["channel_type"], found.get("hints")) == ("wechat", None)
    assert visitor.get("bonus-rules/none").status == 404
    assert visitor.post("bonus-rules/none", **GIVEN).status == 404
    assert 'href="/console/bonus-rules/apples"' in visitor.get("offers/apples").html


@pytest.mark.parametrize(
    ("field", "wrong", "marked"),
    [
        ("rules[1].channel_type", EVIL, "rules[1].channel_type"),
        ("rules[1].deadline.count", "", "rules[1].deadline.count"),
        ("rules[1].deadline.count", "0", "rules[1].deadline.count"),
        ("rules[1].amount", "much", "rules[1].amount"),
        ("rules[1].amount", "", "rules[1].amount"),
        ("rules[1].coupon.valid.count", "", "rules[1].coupon.valid.count"),
        ("rules[1].currency", "money", "rules[1].currency"),
        ("rules[1].transactions", "", "rules"),
        ("rules[1].transactions", "-1", "rules[1].transactions"),
        ("rules[1].reminder.count", "9", "rules"),
        ("rules[1].coupon.max_count", "0", "rules[1].coupon.max_count"),
        ("rules[1].coupon.below_transactions", "99", "rules"),
        ("programme", "no good name", "programme"),
        ("telling.strategy_id", "", "telling.strategy_id"),
        ("telling.offered.body", "", "telling.offered.body"),
        ("hints.correlation", "200", "hints.correlation"),
        ("hints.correlation", "near", "hints.correlation"),
        ("hints.interval.count", "0", "hints.interval.count"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_the_rest_stays_written(
    field: str, wrong: str, marked: str
) -> None:
    visitor = signed_in()
    seen = visitor.post("bonus-rules", **GIVEN | {field: wrong})
    assert seen.status == 400
    assert f'id="wrong-{marked}"' in seen.html
    assert EVIL not in seen.html
    assert "{missing} to go" in seen.text or field == "telling.offered.body"
    assert signed_in().get("bonus-rules").html.count("<legend>Task") == 1  # nothing was stored


def test_only_operators_see_them() -> None:
    visitor = signed_in("member promoter merchant", "lin")
    for path in ("bonus-rules", "bonus-rules/apples"):
        assert visitor.get(path).status == 403
        assert visitor.post(path).status == 403
