"""Who changed what, over HTTP: who raised a cap, who made an operator, who was refused (F4)."""

from tests.support.client import Organization

CHANNEL = "PUT /organizations/{organization_id}/channels/{channel_id}"


def test_who_changed_what_is_found_by_thing_and_by_member(acme: Organization) -> None:
    acme.put_channel("desk", cap=10)
    acme.put_channel("desk", cap=50)
    acme.put_member("lin", "member", login=True)
    lin, log = acme.members["lin"], f"{acme.path}/audit"
    body = {"kind": "contact", "name": "Mine", "provider_ref": "lin", "cap": 900}
    assert lin.put(f"{acme.path}/channels/desk", body).status == 403
    acme.operator.delete(f"{acme.path}/channels/nowhere").expect(404)

    about = acme.operator.get(f"{log}?about=channel_id:desk").expect(200).json["items"]
    caps = [[one["value"] for one in each["given"] if one["name"] == "cap"] for each in about]
    assert [(each["member_id"], each["outcome"]) for each in about] == [
        ("lin", "refused"),
        ("first-operator", "done"),
        ("first-operator", "done"),
    ]
    assert caps == [[], [50], [10]]
    assert {each["operation"] for each in about} == {CHANNEL}

    (named,) = acme.operator.get(f"{log}?about=member_id:lin").expect(200).json["items"]
    assert {"name": "roles", "value": ["member"]} in named["given"]
    assert "Lin" not in str(named)
    (tried,) = acme.operator.get(f"{log}?about=channel_id:nowhere").expect(200).json["items"]
    assert (tried["status"], tried["outcome"]) == (404, "refused")
    assert lin.get(log).status == 403


def test_the_log_goes_back_to_who_made_the_organisation(acme: Organization) -> None:
    """A page at a time; what partners and customers do is not in it."""
    acme.put_channel("desk")
    acme.seat(acme.issue())
    log = f"{acme.path}/audit?limit=2"
    page = acme.operator.get(log).expect(200).json
    found = list(page["items"])
    while "next_cursor" in page:
        page = acme.operator.get(f"{log}&cursor={page['next_cursor']}").expect(200).json
        found += page["items"]
    operations = [each["operation"] for each in found]
    assert operations[-1] == "PUT /organizations/{organization_id}"
    assert found[-1]["roles"] == ["admin"]
    assert operations[:2] == ["POST /organizations/{organization_id}/codes", CHANNEL]
    assert all(each["outcome"] == "done" for each in found)
