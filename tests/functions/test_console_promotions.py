"""The console's pages of promotions, in which customers bring customers (C1 to C5, F5)."""

from collections.abc import Iterator

import pytest

from sluice.shared import clock
from tests.support import promotion
from tests.support.aws import local_aws
from tests.support.console import Visitor, ask, signed_in
from tests.support.promotions import PROMOTION
from tests.support.staff import found_organization

GIVEN = {
    "promotion_id": "friends",
    "name": "Bring <b>a friend</b>",
    "introduction": "Both get something.",
    "app_link": "https://app.example/join",
    "starts_at": "2026-03-01T08:00",
    "ends_at": "2034-03-01T08:00",
    "inviter_reward.amount_minor": "20",
    "inviter_reward.currency": "cny",
    "newcomer_reward.amount_minor": "10.50",
    "newcomer_reward.currency": "CNY",
    "programme": "friends",
    "attribution": "last_of_all",
    "max_invitations": "5",
    "open_to_all": "yes",
    "status": "open",
}


@pytest.fixture(autouse=True)
def _organization() -> Iterator[None]:
    with local_aws():
        found_organization(clock.now())
        yield


def made() -> Visitor:
    """Return an operator's browser after GIVEN was sent."""
    visitor = signed_in()
    assert visitor.post("promotions/new", **GIVEN).location == "promotions/friends?done=saved"
    return visitor


def test_a_promotion_is_made_shown_and_listed() -> None:
    visitor = signed_in()
    assert "There is no promotion yet." in visitor.get("promotions").text
    visitor = made()
    found = ask("GET", "promotions/friends")
    assert found["inviter_reward"] == {"amount_minor": 2000, "currency": "CNY"}
    assert found["newcomer_reward"] == {"amount_minor": 1050, "currency": "CNY"}
    assert found["starts_at"] == "2026-03-01T08:00:00+08:00"  # on the organisation's clock
    assert (found["open_to_all"], found["needs_activity"]) == (True, False)
    assert (found["max_invitations"], found["window_days"]) == (5, 30)
    assert found.get("message") is None
    text = visitor.get("promotions/friends").text
    assert "Who is new gets 10.50 CNY" in text
    assert "the last of all" in text
    listed = visitor.get("promotions")
    assert "Bring &lt;b&gt;a friend" in listed.html
    assert "Running" in listed.text


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("promotion_id", ""),
        ("promotion_id", "a/b"),
        ("inviter_reward.amount_minor", "ten"),
        ("app_link", "javascript:alert(1)"),
        ("ends_at", "soon"),
        ("ends_at", "2026-02-01T08:00"),
        ("max_invitations", "500"),
        ("programme", "no good name"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_stored(field: str, wrong: str) -> None:
    seen = signed_in().post("promotions/new", **(GIVEN | {field: wrong}))
    assert seen.status == 400
    assert 'role="alert"' in seen.html
    assert 'value="10.50"' in seen.html
    assert ask("GET", "promotions")["items"] == []


def test_a_promotion_is_not_made_twice() -> None:
    seen = made().post("promotions/new", **(GIVEN | {"name": "Other"}))
    assert seen.status == 400
    assert "is taken" in seen.text
    assert ask("GET", "promotions/friends")["version"] == 1


def test_a_change_keeps_what_was_not_changed() -> None:
    strategy = {"purpose": "service", "channels": [{"channel": "app", "wait_seconds": 60}]}
    ask("PUT", "strategies/chain", strategy)
    ask("PUT", "segments/savers", {"name": "Savers"})
    ask("PUT", "promotions/spring", PROMOTION)
    visitor = signed_in()
    form = visitor.get("promotions/spring/edit")
    assert '<option value="chain" selected>' in form.html
    assert '<option value="savers" selected>' in form.html
    assert 'value="20.00"' in form.html
    known = ask("GET", "promotions/spring")
    given = {
        **{name: value for name, value in GIVEN.items() if name != "promotion_id"},
        "starts_at": "2026-03-01T08:00",
        "segment_id": "savers",
        "message.strategy_id": "chain",
        "message.title": "T",
        "message.body": "B",
    }
    assert visitor.post("promotions/spring/edit", **given).status == 303
    found = ask("GET", "promotions/spring")
    assert found["version"] == known["version"] + 1
    assert (found["segment_id"], found["message"]) == ("savers", known["message"])
    assert visitor.post("promotions/spring", status="closed").status == 303
    closed = ask("GET", "promotions/spring")
    changed = {"status": "closed", "version": found["version"] + 1}
    assert closed == found | changed
    assert "Open again" in visitor.get("promotions/spring").text


def test_a_participation_shows_by_which_version_of_the_promotion_it_goes() -> None:
    """C4: by the one of when they took part."""
    promotion.put_promotion(clock.now())
    seen = promotion.take_part(promotion.user("new"))[1]
    promotion.put_promotion(clock.now(), is_open=False)
    path = f"promotions/{promotion.RUNNING}"
    shown = signed_in().get(path, participation_id=seen["participation_id"])
    assert ("version 2" in shown.text, "· version 1" in shown.text) == (True, True)


def test_a_participation_that_there_is_not_is_told() -> None:
    seen = made().get("promotions/friends", participation_id="p-1")
    assert (seen.status, "There is no such participation." in seen.text) == (200, True)
    assert signed_in().get("promotions/nothing").status == 404


def test_promotions_are_the_operators() -> None:
    for role in ("member", "promoter", "merchant"):
        assert signed_in(role, "lin").get("promotions").status == 403
