"""The console's pages of programmes: budgets, caps, waiting times, checks (C5, D10, F5)."""

from collections.abc import Iterator

import pytest

from sluice.shared import clock
from tests.support.aws import local_aws
from tests.support.console import Visitor, ask, signed_in
from tests.support.staff import found_organization

GIVEN = {
    "programme": "gifts",
    "is_open": "yes",
    "budget[0].currency": "cny",
    "budget[0].limit": "1,000.50",
    "budget[1].currency": "PTS",
    "budget[1].limit": "",
    "hold.count": "36",
    "hold.unit": "hours",
    "review.count": "14",
    "review.unit": "days",
    "caps[0].max_count": "",
    "caps[1].max_count": "3",
    "caps[1].amount": "20",
    "caps[1].currency": "CNY",
    "caps[1].period_days": "30",
    "checks.blacklist": "yes",
    "velocities[0].max_count": "",
    "velocities[1].max_count": "5",
    "velocities[1].window.count": "90",
    "velocities[1].window.unit": "minutes",
}


@pytest.fixture(autouse=True)
def _organization() -> Iterator[None]:
    with local_aws():
        found_organization(clock.now())
        yield


def made() -> Visitor:
    """Return an operator's browser after GIVEN was sent."""
    visitor = signed_in()
    sent = visitor.post("programmes/new", **GIVEN)
    assert sent.location == "programmes/gifts?done=saved", sent.text
    return visitor


def test_a_programme_is_set_up_shown_and_listed() -> None:
    visitor = signed_in()
    assert "No programme has settings yet." in visitor.get("programmes").text
    made()
    found = ask("GET", "programmes/gifts")
    limits = {one["currency"]: one["limit_minor"] for one in found["budgets"]}
    assert limits == {"CNY": 100_050, "PTS": None}
    assert (found["hold_seconds"], found["review_seconds"]) == (36 * 3600, 14 * 86_400)
    (cap,) = found["caps"]
    assert (cap["period_days"], cap["max_count"]) == (30, 3)
    assert (cap["currency"], cap["max_amount_minor"]) == ("CNY", 2000)
    assert (found["checks"]["blacklist"], found["checks"]["self_referral"]) == (True, False)
    assert found["checks"]["velocities"] == [{"window_seconds": 5400, "max_count": 5}]
    listed = visitor.get("programmes").text
    assert "gifts Open 1,000.50 CNY PTS: no limit 36 h" in listed
    assert "more than 5 in 90 min" in visitor.get("programmes/gifts").text
    assert "奖励计划" in signed_in(language="zh").get("programmes").text


def test_a_form_that_is_sent_as_it_came_changes_nothing() -> None:
    visitor = made()
    before = ask("GET", "programmes/gifts")
    page = visitor.get("programmes/gifts/edit").html
    for field, value in (("hold.count", "36"), ("budget[0].limit", "1000.50")):
        assert (
            f'name="{field}" type="{"number" if "hold" in field else "text"}" value="{value}"'
            in page
        )
    same = GIVEN | {"caps[0].max_count": "3", "caps[0].amount": "20.00"}
    same |= {"caps[0].currency": "CNY", "caps[0].period_days": "30", "caps[1].max_count": ""}
    same |= {"caps[1].amount": ""}
    assert visitor.post("programmes/gifts/edit", **same).status == 303
    assert ask("GET", "programmes/gifts") == before


def test_it_is_closed_and_what_was_used_stands_beside_its_budget() -> None:
    visitor = made()
    reward = {"programme": "gifts", "natural_key": "k1", "owner_id": "lin", "reason": "gift"}
    amount = {"amount_minor": 500, "currency": "CNY"}
    ask("POST", "rewards", reward | amount)
    assert "Used: 5.00 CNY" in visitor.get("programmes/gifts/edit").text
    changed = GIVEN | {"is_open": "no", "budget[0].limit": "6", "hold.count": ""}
    visitor.post("programmes/gifts/edit", **changed)
    found = ask("GET", "programmes/gifts")
    assert (found["is_open"], found["hold_seconds"]) == (False, 0)
    (money, _) = found["budgets"]
    assert (money["spent_minor"], money["left_minor"]) == (500, 100)
    assert "Closed: nothing is granted any more." in visitor.get("programmes/gifts").text
    assert "gifts Closed" in visitor.get("programmes").text


@pytest.mark.parametrize(
    ("field", "wrong", "marked"),
    [
        ("programme", "", "programme"),
        ("programme", "a/b", ""),
        ("budget[0].limit", "much", "budget[0].limit"),
        ("budget[1].currency", "CNY", "budget[1].currency"),
        ("budget[0].currency", "", "budget[0].currency"),
        ("budget[0].limit", "99999999999999.00", "budget"),
        ("hold.count", "999999", "hold_seconds"),
        ("hold.unit", "years", "hold.unit"),
        ("review.count", "-1", "review_seconds"),
        ("caps[1].max_count", "0", "caps[1].max_count"),
        ("caps[1].period_days", "9999", "caps[1].period_days"),
        ("caps[1].amount", "0", "caps[1].amount"),
        ("caps[1].currency", "", "caps"),
        ("velocities[1].window.count", "", "velocities[1].window.count"),
        ("velocities[1].window.count", "0", "velocities[1].window.count"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_the_rest_stays_written(
    field: str, wrong: str, marked: str
) -> None:
    seen = signed_in().post("programmes/new", **GIVEN | {field: wrong})
    assert seen.status == 400
    assert f'id="wrong-{marked}"' in seen.html or not marked
    assert 'value="90"' in seen.html or field.startswith("velocities")
    assert '<option value="minutes" selected>' in seen.html
    assert ask("GET", "programmes")["items"] == []


def test_a_programme_is_not_set_up_twice() -> None:
    seen = made().post("programmes/new", **GIVEN | {"hold.count": "1"})
    assert (seen.status, "is taken" in seen.text) == (400, True)
    assert ask("GET", "programmes/gifts")["version"] == 1


def test_one_without_settings_gets_its_first() -> None:
    visitor = signed_in()
    assert visitor.get("programmes/referral").status == 404
    visitor.post("programmes/referral/edit", **GIVEN)
    assert ask("GET", "programmes/referral")["version"] == 1


def test_only_operators_see_them() -> None:
    visitor = signed_in("member promoter merchant", "lin")
    for path in ("programmes", "programmes/new", "programmes/gifts", "programmes/gifts/edit"):
        assert visitor.get(path).status == 403
        assert visitor.post(path).status in {403, 404}
