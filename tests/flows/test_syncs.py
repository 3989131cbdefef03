"""A sync with a provider over HTTP (A9): what differs is reported and put right."""

from typing import Any

import pytest

from tests.support.client import Organization, eventually


def synced(acme: Organization, **wanted: Any) -> dict[str, Any]:
    """Ask for a sync and return its report."""
    path = f"{acme.path}/provider-accounts/sandbox/syncs"
    sync_id = acme.operator.post(path, wanted).expect(202).json["sync_id"]

    def report() -> dict[str, Any] | None:
        found: dict[str, Any] = acme.operator.get(f"{path}/{sync_id}").expect(200).json
        return found if found["status"] in {"done", "failed"} else None

    return eventually("the report", report)


def has(acme: Organization, **settings: Any) -> None:
    """Say what there is at the sandbox."""
    body = {"type": "sandbox", "settings": settings}
    acme.operator.put(f"{acme.path}/provider-accounts/sandbox", body).expect(200)


def test_a_channel_that_is_gone_at_the_provider_gets_nobody(acme: Organization) -> None:
    acme.put_channel("kept", cap=50)
    acme.put_channel("gone", cap=50, weight=1000)
    code = acme.issue()
    acme.seat(code)
    has(acme, contacts=["ref-kept", "ref-new"])
    report = synced(acme)
    assert report["status"] == "done"
    assert [channel["channel_id"] for channel in report["gone"]] == ["gone"]
    assert [channel["provider_ref"] for channel in report["new"]] == ["ref-new"]
    given = {acme.seat(code)["channel"]["channel_id"] for _ in range(8)}
    assert given == {"kept"}


@pytest.mark.proof
def test_customers_who_came_past_our_codes_are_counted_and_those_who_left_are_lost(
    acme: Organization,
) -> None:
    """The second sync finds nothing."""
    acme.put_channel("a", cap=3)
    code = acme.issue()
    stays, leaves = acme.seat(code), acme.seat(code)
    acme.tell(stays, customer_ref="wx-stays")
    acme.tell(leaves, customer_ref="wx-leaves")
    acme.deployment.rest()
    has(acme, contacts=["ref-a"], customers={"ref-a": "wx-stays, wx-stranger, wx-other"})
    report = synced(acme, customers=True)
    assert report["status"] == "done"
    (channel,) = report["items"]
    assert (channel["outside"], channel["lost"]) == (2, 1)
    assert channel["lost_assignments"] == [leaves["assignment_id"]]
    assert acme.held("a") == 3  # one of ours and two strangers: full
    assert acme.join(code).problem == "no-room"
    acme.deployment.rest()
    assert synced(acme, customers=True)["items"] == []
