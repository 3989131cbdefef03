"""What each role reads of its own, over HTTP and with the functions' own rights (F4, F5)."""

from datetime import UTC, datetime, timedelta

from tests.support.campaign_bodies import CAMPAIGN
from tests.support.client import Organization, eventually
from tests.support.offers import OFFER


def test_every_role_reads_its_own_and_the_operator_what_all_of_it_is(acme: Organization) -> None:
    for member_id, role in (("lin", "member"), ("orchard", "merchant"), ("ann", "promoter")):
        acme.put_member(member_id, role, login=True)
    acme.put_channel("lin", cap=5, owner_id="lin")
    now, path = datetime.now(UTC), acme.path
    times = {
        "starts_at": (now - timedelta(hours=1)).isoformat(),
        "ends_at": (now + timedelta(days=7)).isoformat(),
    }
    given = CAMPAIGN | times | {"audience": {"member_ids": ["lin"]}, "salespeople": ["lin"]}
    acme.operator.put(f"{path}/campaigns/own", given).expect(200)
    acme.operator.put(f"{path}/offers/apples", OFFER).expect(200)
    acme.deployment.run("TendCampaigns")
    for member_id, client in acme.members.items():
        assert client.get(path).expect(200).json["organization_id"] == acme.id
        own = client.get(f"{path}/members/{member_id}").expect(200).json
        assert own["member_id"] == member_id
        assert client.get(f"{path}/accounts/{member_id}").expect(200).json["balances"] == []
        assert client.get(f"{path}/rewards").expect(200).json["items"] == []
        client.get(f"{path}/members/nobody").expect(403)
    lin, merchant = acme.members["lin"], acme.members["orchard"]
    campaigns = f"{path}/members/lin/campaigns"
    (item,) = eventually(
        "Lin to be invited",
        lambda: lin.get(campaigns).expect(200).json["items"] or None,
    )
    assert (item["campaign_id"], item["state"]) == ("own", "running")
    detail = lin.get(f"{campaigns}/own").expect(200).json
    assert detail["page"] == item["page"]
    sold = lin.get(f"{path}/campaigns").expect(200).json["items"]
    assert [each["campaign_id"] for each in sold] == ["own"]
    poster = f"{path}/campaigns/own/material/poster?format=svg&sample=true"
    assert b"<svg" in acme.operator.get(poster).expect(200).body
    assert merchant.get(f"{path}/merchants/orchard/income").expect(200).json["items"] == []
    (offer,) = merchant.get(f"{path}/offers").expect(200).json["items"]
    assert offer["figures"]["visits"] == 0
    pool = acme.operator.get(f"{path}/pool").expect(200).json
    assert [(each["channel_id"], each["held"]) for each in pool["nearest"]] == [("lin", 0)]
    acme.operator.get(f"{path}/statistics/organization?by=day").expect(200)
