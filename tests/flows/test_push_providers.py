"""Pushes through WeChat, then WeCom, over HTTP in both directions (E2, E3): docs/push-providers.md.

The doubles verify what is signed, and sign what they tell.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.providers.wechat_double import (
    APP_ID,
    OPENID,
    SECRET,
    TEMPLATE,
    TOKEN,
    WeChatDouble,
    finished,
    plainly,
    sealed,
)
from tests.providers.wecom_double import WeComDouble
from tests.providers.wecom_double.server import APP_SECRET, CORP_ID
from tests.support.client import Organization, eventually

CONTENT = {"title": "Spring tea", "body": "Yours is on its way.", "link": "https://example.com/t"}
PARAMETERS = {"thing1": "{title}", "thing2": "{body}"}


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


def put_account(acme: Organization, account_type: str, secret: Any, **settings: Any) -> Any:
    name = f"sluice/{acme.id}/{account_type}"
    acme.deployment.aws("secretsmanager").create_secret(Name=name, SecretString=json.dumps(secret))
    body = {"type": account_type, "settings": settings, "secret_reference": name}
    path = f"{acme.path}/provider-accounts/{account_type}"
    return acme.operator.put(path, body).expect(200).json


@pytest.fixture
def wecom(acme: Organization) -> Iterator[WeComDouble]:
    """WeCom with one member, and an app that writes to them."""
    with WeComDouble(port=_port(acme.deployment.instance.wecom_url)) as double:
        double.clock.seconds = int(datetime.now(UTC).timestamp())
        double.people.employ("zhangsan")
        secret = {"app_secret": APP_SECRET}
        put_account(acme, "wecom_app", secret, corp_id=CORP_ID, agent_id=1_000_002)
        yield double


@pytest.fixture
def wechat(acme: Organization) -> Iterator[WeChatDouble]:
    """WeChat with one follower, its address tested as the console does it."""
    with WeChatDouble(port=_port(acme.deployment.instance.wechat_url)) as double:
        settings = {"template_id": TEMPLATE, "template_parameters": PARAMETERS}
        account = put_account(acme, "wechat", SECRET, app_id=APP_ID, **settings)
        double.address = urlsplit(account["receipts_url"]).path
        query = plainly(TOKEN, int(datetime.now(UTC).timestamp())) | {"echostr": "8239412837"}
        answer = acme.anyone.get(f"{double.address}?{urlencode(query)}").expect(200)
        assert answer.body == b"8239412837"
        yield double


def push(acme: Organization) -> str:
    """Push to somebody at both, WeChat first."""
    person = {"addresses": {"openid": OPENID, "userid": "zhangsan"}}
    acme.operator.put(f"{acme.path}/recipients/u-1", person).expect(200, 201, 204)
    channels = [
        {
            "channel": account,
            "provider": account,
            "wait_seconds": 600,
            "success": "delivered",
            "price": {"amount_micros": 1_000, "currency": "CNY"},
        }
        for account in ("wechat", "wecom_app")
    ]
    strategy = {"purpose": "service", "behaviours": {}, "channels": channels}
    acme.operator.put(f"{acme.path}/strategies/tea", strategy).expect(200)
    body = {"strategy_id": "tea", "user_id": "u-1", "content": CONTENT}
    return str(acme.operator.post(f"{acme.path}/pushes", body).expect(202).json["push_id"])


def tell(acme: Organization, wechat: WeChatDouble, status: str) -> None:
    """Send the event of the first message, as WeChat does."""
    shown = eventually("the template message", lambda: wechat.shown or None)
    assert shown[0]["touser"] == OPENID
    assert shown[0]["data"] == {
        "thing1": {"value": CONTENT["title"]},
        "thing2": {"value": CONTENT["body"]},
    }
    assert shown[0]["url"] != CONTENT["link"], "it leads to our link, which leads on"
    body, query = sealed(finished("200163837", status))
    path = f"{wechat.address}?{urlencode(query)}"
    answer = acme.anyone.send("POST", path, body, {"Content-Type": "text/xml"})
    assert answer.expect(200).body == b"success"


def ended(acme: Organization, push_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = acme.operator.get(f"{acme.path}/pushes/{push_id}").json
        return found if found["status"] == "reached" else None

    return eventually("the push to be reached", look)


@pytest.mark.usefixtures("wecom")
def test_a_template_message_that_arrived_ends_the_push(
    acme: Organization, wechat: WeChatDouble, wecom: WeComDouble
) -> None:
    push_id = push(acme)
    tell(acme, wechat, "success")
    attempts = ended(acme, push_id)["attempts"]
    assert [attempt["channel"] for attempt in attempts] == ["wechat"]
    assert wecom.corporation.messages == []
    assert OPENID not in json.dumps(attempts)


def test_who_has_blocked_the_account_gets_it_from_wecom(
    acme: Organization, wechat: WeChatDouble, wecom: WeComDouble
) -> None:
    push_id = push(acme)
    tell(acme, wechat, "failed:user block")
    messages = wecom.corporation.messages
    (card,) = eventually("the card", lambda: messages or None)
    assert (card["touser"], card["textcard"]["title"]) == (["zhangsan"], CONTENT["title"])
    shown = acme.operator.get(f"{acme.path}/pushes/{push_id}").json
    assert [attempt["channel"] for attempt in shown["attempts"]] == ["wechat", "wecom_app"]
