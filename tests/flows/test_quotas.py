"""A partner's quota over HTTP: so many calls a day, and not one more (F3)."""

from dataclasses import replace

from infra.demo.client import timestamp
from tests.support.client import PARTNER, Organization, within_a_day

QUOTA = 5


def test_a_partner_is_served_up_to_its_quota_and_told_when_to_come_again(
    acme: Organization,
) -> None:
    within_a_day()
    at_once = replace(acme.anyone, tried_again=frozenset[int]())

    def put(partner_id: str, per_day: int) -> str:
        """Put a partner with a quota; return its secret."""
        body = {"name": "A shop", "quota": {"per_day": per_day}}
        made = acme.operator.put(f"{acme.path}/partners/{partner_id}", body).expect(200)
        return str(made.json["secret"])

    def call(secret: str, number: int) -> int:
        """Tell of something a user did, by an event of its own; return the status."""
        data = {"user_id": f"u-{number}", "kind": "bought", "at": timestamp()}
        path = f"/partners/{acme.id}/behaviours"
        answer = at_once.post_event(path, secret, "behaviour.recorded.v1", data)
        if answer.status == 429:
            assert answer.problem == "too-many-requests"
            assert 0 < int(answer.headers["retry-after"]) <= 86_400
        return answer.status

    secret, other = put(PARTNER, QUOTA), put("till", QUOTA)
    assert [call(secret, number) for number in range(QUOTA + 2)] == [202] * QUOTA + [429] * 2
    assert call(other, 0) == 202
    put(PARTNER, QUOTA + 1)
    assert [call(secret, number) for number in range(10, 12)] == [202, 429]
