"""The console's pages of held rewards, and of who changed what (F5)."""

from collections.abc import Iterator

import pytest

from sluice.shared import clock
from tests.support.aws import local_aws
from tests.support.console import ask, signed_in
from tests.support.staff import found_organization

EVIL = '"><script>alert(1)</script>'
CHECKED = {"velocities": [{"window_seconds": 3600, "max_count": 1}]}


@pytest.fixture(autouse=True)
def _held() -> Iterator[None]:
    """Lin has a reward, and a second and a third that were held."""
    with local_aws():
        found_organization(clock.now())
        ask("PUT", "members/lin", {"name": f"Lin {EVIL}", "roles": ["member"]})
        ask("PUT", "programmes/gifts", {"checks": CHECKED})
        for number in range(3):
            reward = {"programme": "gifts", "natural_key": f"k{number}", "owner_id": "lin"}
            given = {"amount_minor": 500 + number, "currency": "CNY", "reason": "gift"}
            ask("POST", "rewards", reward | given)
        yield


def waiting() -> list[str]:
    return [each["reward_id"] for each in ask("GET", "rewards?state=held")["items"]]


def test_a_held_reward_is_approved_or_rejected_and_shows_what_was_decided() -> None:
    visitor = signed_in()
    first, second = waiting()
    seen = visitor.get("review")
    assert "5.01 CNY" in seen.text
    assert "Too many in a short time" in seen.text
    form = {"owner_id": "lin", "back": "queue"}
    approved = {"reward_id": first, "decision": "approve", "reason": "looked-at"}
    assert visitor.post("review", **form, **approved).location == "review?done=decided"
    rejected = {"reward_id": second, "decision": "reject", "reason": "fraud"}
    assert visitor.post("review", **form, **rejected).status == 303
    assert "Nothing waits for a decision." in visitor.get("review").text
    text = visitor.get("review", owner_id="lin").text
    assert "Approved: Looked at, all right" in text
    assert "Rejected: Fraud" in text


def test_what_somebody_else_decided_before_is_shown_as_it_was_decided() -> None:
    visitor = signed_in(language="zh")
    (reward_id, _) = waiting()
    ask("POST", f"rewards/{reward_id}/decision", {"decision": "reject", "reason": "fraud"})
    late = {"reward_id": reward_id, "decision": "approve", "reason": "looked-at"}
    seen = visitor.post("review", owner_id="lin", **late)
    assert seen.location == "review?owner_id=lin&done=decided-before"
    text = visitor.get("review", owner_id="lin", done="decided-before").text
    assert "该奖励此前已处理" in text
    assert "已拒绝: 作弊" in text
    wrong = {"reward_id": waiting()[0], "decision": "approve", "reason": EVIL}
    refused = visitor.post("review", owner_id="lin", **wrong)
    assert refused.status == 400
    assert EVIL not in refused.html


def test_the_audit_log_tells_in_words_and_is_filtered() -> None:
    visitor = signed_in()
    seen = visitor.get("audit")
    for text in ("Reward granted", "Programme changed", "Member changed", "Done", "Fields: 6"):
        assert text in seen.text
    assert EVIL not in seen.html
    only = visitor.get("audit", thing="member_id", id="lin")
    assert "Member lin" in only.text
    assert "Programme changed</th>" not in only.html
    assert "No entry" in visitor.get("audit", member_id="lin").text
    assert visitor.get("audit", **{"from": "2026-02-02", "to": "2026-02-01"}).status == 400
