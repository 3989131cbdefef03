"""A life at WeCom over HTTP, in both directions (A6, A7): docs/wecom.md.

The double's log of it is printed: `pytest -s tests/flows/test_wecom.py`.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.providers.wecom_double import WeComDouble
from tests.providers.wecom_double.envelope import Address
from tests.providers.wecom_double.server import APP_SECRET, CORP_ID
from tests.support.client import Organization, eventually

SYNC = {"externalcontact/get_follow_user_list", "externalcontact/groupchat/list"}
TOKEN, AES_KEY = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"


@pytest.fixture
def wecom(acme: Organization) -> Iterator[WeComDouble]:
    """WeCom with two employees, connected to the organisation as docs/wecom.md says."""
    instance = acme.deployment.instance
    with WeComDouble(port=int(instance.wecom_url.rpartition(":")[2])) as double:
        double.clock.seconds = int(datetime.now(UTC).timestamp())
        double.people.employ("zhangsan", "lisi")
        name = f"sluice/{acme.id}/wecom"
        keys = [{"token": TOKEN, "encoding_aes_key": AES_KEY}]
        text = json.dumps({"app_secret": APP_SECRET, "callbacks": keys})
        acme.deployment.aws("secretsmanager").create_secret(Name=name, SecretString=text)
        body = {
            "type": "wecom",
            "settings": {"corp_id": CORP_ID, "welcome": "Welcome!", "tags": ["et1"]},
            "secret_reference": name,
        }
        account = acme.operator.put(f"{acme.path}/provider-accounts/wecom", body).expect(200)
        address = Address(account.json["callback_url"], TOKEN, AES_KEY)
        eventually("the echo within a second", lambda: double.listen(address) or None)
        yield double


def status_of(acme: Organization, assignment_id: str) -> str:
    path = f"{acme.path}/assignments/{assignment_id}"
    return str(acme.operator.get(path).expect(200).json["status"])


def seat_of(acme: Organization, code: str, token: str) -> dict[str, Any] | None:
    """Return a new seat, or None while there is no way to any channel."""
    answer = acme.join(code, token)
    return answer.json if answer.status == 201 else None


def test_a_customer_is_seated_welcomed_and_lost(acme: Organization, wecom: WeComDouble) -> None:
    """The way is made with the channel and deleted with it; what WeCom tells moves the seat."""
    acme.put_channel("zhang", provider="wecom", provider_ref="zhangsan")
    code = acme.issue()
    token = acme.scan(code)
    seat = eventually(
        "the channel's way",
        lambda: ((a := acme.join(code, token)).status == 201 and a.json) or None,
    )
    (way,) = wecom.corporation.contact_ways
    assert seat["channel"]["contact"]["qr_code"] == wecom.corporation.contact_ways[way]["qr_code"]

    wecom.people.scan(way, "wmA", unionid="o-union")
    assignment_id = seat["assignment_id"]
    eventually("a connection", lambda: status_of(acme, assignment_id) == "connected" or None)
    assert acme.join(code, token).json["status"] == "connected"
    relations = wecom.corporation.relations
    eventually("the tags", lambda: relations["zhangsan", "wmA"].tags == {"et1"} or None)
    (welcome,) = wecom.corporation.welcomes.values()
    assert (welcome.used, welcome.text) == (True, "Welcome!")

    wecom.clock.advance(1)
    wecom.people.delete_by_customer("zhangsan", "wmA")
    eventually("the loss", lambda: status_of(acme, assignment_id) == "lost" or None)
    assert acme.held("zhang") == 0
    acme.operator.delete(f"{acme.path}/channels/zhang").expect(204)
    eventually("the way's end", lambda: way not in wecom.corporation.contact_ways or None)
    assert [sent.status for sent in wecom.people.sent] == [200, 200]
    for asked in wecom.log:
        print(f"{asked.call:<40} {asked.errcode}  {asked.given}")
    # A sync of the new account may come in between.
    assert [call for call in wecom.calls if call not in SYNC] == [
        "externalcontact/add_contact_way",
        "externalcontact/send_welcome_msg",
        "externalcontact/get",
        "externalcontact/mark_tag",
        "externalcontact/del_contact_way",
    ]


def test_an_employee_who_cannot_receive_customers_closes_their_channel(
    acme: Organization, wecom: WeComDouble
) -> None:
    """84074: operators see why, and the others go on."""
    wecom.people.employ("wangwu", refused=84074)
    acme.put_channel("wang", provider="wecom", provider_ref="wangwu", weight=1000)
    acme.put_channel("li", provider="wecom", provider_ref="lisi")
    path = f"{acme.path}/channels/wang"
    look = acme.operator.get
    eventually("the closing", lambda: look(path).json["status"] == "closed" or None)
    code = acme.issue()
    token = acme.scan(code)
    seat = eventually("li's way", lambda: seat_of(acme, code, token))
    assert seat["channel"]["channel_id"] == "li"
