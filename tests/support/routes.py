"""One sensible call of every route of the API, for making it worse bit by bit."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from infra.demo.client import Answer, encode, signature, timestamp
from infra.openapi import discovery
from tests.support.campaign_bodies import CAMPAIGN
from tests.support.client import Organization
from tests.support.offers import OFFER
from tests.support.promotions import PROMOTION

DOORS = {route.door.route: route.door for route in discovery.routes()}
POINT = {"latitude": 31.2304, "longitude": 121.4737}
PUSH = {
    "strategy_id": "chain",
    "user_id": "u-1",
    "content": {"title": "T", "body": "B", "link": "https://tea.example/"},
}
REWARD = {
    "natural_key": "order:1",
    "owner_id": "lin",
    "amount_minor": 5,
    "currency": "CNY",
    "programme": "referral",
    "reason": "bonus",
}
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)
PICTURE = (  # 320 pixels square, white
    "iVBORw0KGgoAAAANSUhEUgAAAUAAAAFAAQAAAADl65gHAAAAQ0lEQVR42u3KsQ0AAAgDoOr/P+sLriYwU5ObjiiKoiiK"
    "oiiKoiiKoiiKoiiKoiiKoiiKoiiKoiiKoiiKoiiKoiiKoiiKoii+iwtVvgN/95uEZgAAAABJRU5ErkJggg=="
)
CHANNELS = "channel_id,kind,name,provider_ref,cap\r\nimported,contact,Imported,ref,5\r\n"
MEMBERS = "member_id,name,roles,email\r\nimported,Imported,member,\r\n"
RECIPIENTS = "user_id,phone,tags\r\nimported,+8613800000001,\r\n"
RECIPIENT = {
    "addresses": {"phone": "+8613800000001"},
    "time_zone": "Asia/Shanghai",
    "locale": "zh-CN",
    "tags": ["vip"],
    "consents": {"*/marketing": {"granted": True, "at": "2026-01-05T08:00:00Z"}},
}
PERSON = {
    "identities": [{"kind": "id:app1", "value": "c-1"}, {"kind": "user", "value": "u-1"}],
    "attributes": {"balance": 1200},
    "joins": [{"list": "existing_customers", "at": "2026-01-05T08:00:00Z"}],
    "leaves": ["blacklist"],
}
BONUS_RULES = {
    "rules": [
        {
            "channel_type": "wechat",
            "deadline_seconds": 604_800,
            "transactions": 5,
            "promotions": 2,
            "amount_minor": 5000,
            "currency": "CNY",
            "reminder_seconds": 86_400,
            "coupon": {
                "below_transactions": 3,
                "amount_minor": 500,
                "valid_seconds": 86_400,
                "max_count": 100,
            },
            "max_episodes": 3,
        }
    ],
    "programme": "bonus",
    "telling": {
        "strategy_id": "chain",
        "offered": {"title": "T", "body": "{missing} of {product}"},
        "reminder": {"title": "T", "body": "B", "link": "https://shop.example/"},
    },
}
HINT_RULES = {
    "interval_seconds": 86_400,
    "min_age_seconds": 0,
    "few_transactions": 5,
    "few_promotions": 3,
    "correlation_millionths": 400_000,
    "over_transactions": 10,
    "pairs": [{"one": "toys", "other": "games/board", "millionths": 800_000}],
    "strategy_id": "chain",
    "title": "{hint}",
    "body": "{product} {promoter}",
    "link": "https://shop.example/",
}
PAYMENT = {
    "order_id": "o-1",
    "offer_id": "apples",
    "amount_minor": 10_000,
    "currency": "CNY",
    "paid_at": "2026-01-05T08:00:00Z",
    "visitor_token": "nobodys",
    "promoter_code": "7KQ4MZP2XWBD",
    "coupon": "7KQ4MZP2XWBD",
    "buyer": [{"kind": "phone", "value": "+8613800000009"}],
}
REFUND = {
    "order_id": "o-1",
    "refund_id": "r-1",
    "refunded_at": "2026-01-06T08:00:00Z",
    "amount_minor": 100,
}
NOBODY = [{"kind": "phone", "value": "+8613800000009"}]
SAMPLES: Mapping[str, Any] = {  # text is CSV
    "GET /openapi.json": None,
    "GET /s/{code}": None,
    "GET /codes/{code}/image": None,
    "GET /s/{code}/card": None,
    "GET /s/{code}/oauth": None,
    "GET /oauth/wechat": None,
    "GET /callbacks/{organization_id}/{provider_account_id}": None,
    "GET /receipts/{organization_id}/{provider_account_id}": None,
    "POST /s/{code}": {"visitor_token": "TOKEN"},
    "POST /s/{code}/join": {"visitor_token": "TOKEN", "location": POINT},
    "POST /s/{code}/leave": {"visitor_token": "TOKEN"},
    "GET /s/{code}/signup": None,
    "POST /s/{code}/signup": {
        "visitor_token": "TOKEN",
        "answers": {"name": "Mei"},
        "consent": True,
    },
    "POST /callbacks/{organization_id}/{provider_account_id}": {
        "event": "connected",
        "assignment_id": "SEAT",
        "customer_ref": "wx-1",
        "at": timestamp(),
        "by": "customer",
    },
    "POST /receipts/{organization_id}/{provider_account_id}": {
        "type": "receipt",
        "status": "delivered",
        "tracking_id": "nobodys",
        "user_id": "u-1",
        "price": {"amount_micros": 1, "currency": "CNY"},
        "at": timestamp(),
    },
    "POST /partners/{organization_id}/behaviours": {
        "user_id": "u-1",
        "kind": "opened",
        "at": timestamp(),
        "content_id": "spring",
    },
    "PUT /organizations/{organization_id}": {
        "name": "Changed",
        "time_zone": "UTC",
        "locale": "en",
        "referral_reward": {"amount_minor": 5, "currency": "CNY"},
    },
    "GET /organizations/{organization_id}": None,
    "GET /organizations/{organization_id}/members/{member_id}": None,
    "GET /organizations/{organization_id}/members/{member_id}/campaigns": None,
    "GET /organizations/{organization_id}/members/{member_id}/campaigns/{campaign_id}": None,
    "PUT /organizations/{organization_id}/members/{member_id}": {
        "name": "Lin",
        "roles": ["member"],
        "tags": ["a"],
        "contact": {"phone": "1"},
        "login": {"email": "lin@example.com"},
        "active": True,
    },
    "PUT /organizations/{organization_id}/partners/{partner_id}": {"name": "Shop"},
    "GET /organizations/{organization_id}/webhooks": None,
    "GET /organizations/{organization_id}/webhooks/{webhook_id}": None,
    "GET /organizations/{organization_id}/webhooks/{webhook_id}/deliveries": None,
    "GET /organizations/{organization_id}/webhooks/{webhook_id}/deliveries/{delivery_id}": None,
    "PUT /organizations/{organization_id}/webhooks/{webhook_id}": {
        "url": "https://crm.example.com/sluice",
        "events": ["assignment.*", "reward.granted.v1"],
        "description": "The CRM",
        "status": "paused",
    },
    "DELETE /organizations/{organization_id}/webhooks/{webhook_id}": None,
    "POST /organizations/{organization_id}/webhooks/{webhook_id}/deliveries/{delivery_id}/replay": None,  # noqa: E501
    "POST /organizations/{organization_id}/webhooks/{webhook_id}/replays": None,
    "POST /organizations/{organization_id}/webhooks/{webhook_id}/test": None,
    "PUT /organizations/{organization_id}/provider-accounts/{account_id}": {
        "type": "sandbox",
        "settings": {"script": {"*": "deliver"}},
        "secret_reference": "none",
        "limits": {"a_day": 5},
    },
    "GET /organizations/{organization_id}/assignments": None,
    "GET /organizations/{organization_id}/assignments/{assignment_id}": None,
    "GET /organizations/{organization_id}/customers/{customer_id}/assignments": None,
    "GET /organizations/{organization_id}/members": None,
    "POST /organizations/{organization_id}/members": MEMBERS,
    "POST /organizations/{organization_id}/channels": CHANNELS,
    "GET /organizations/{organization_id}/alarms": None,
    "GET /organizations/{organization_id}/audit": None,
    "GET /organizations/{organization_id}/provider-accounts": None,
    "GET /organizations/{organization_id}/provider-accounts/{account_id}": None,
    "GET /organizations/{organization_id}/provider-accounts/{account_id}/syncs": None,
    "GET /organizations/{organization_id}/provider-accounts/{account_id}/syncs/{sync_id}": None,
    "POST /organizations/{organization_id}/provider-accounts/{account_id}/syncs": {
        "customers": True
    },
    "GET /organizations/{organization_id}/channels": None,
    "GET /organizations/{organization_id}/pool": None,
    "GET /organizations/{organization_id}/channels/{channel_id}": None,
    "GET /organizations/{organization_id}/channels/{channel_id}/outside": None,
    "DELETE /organizations/{organization_id}/channels/{channel_id}": None,
    "PUT /organizations/{organization_id}/channels/{channel_id}": {
        "kind": "contact",
        "name": "A",
        "provider_ref": "ref",
        "cap": 5,
        "provider": "sandbox",
        "daily_cap": 3,
        "weight": 2,
        "owner_id": "lin",
        "service_area": {"point": POINT, "radius_meters": 500.5},
        "shifts": {
            "week": [{"days": ["mon", "fri"], "from": "09:00", "to": "18:00"}],
            "dates": [{"date": "2026-10-01", "hours": []}],
        },
        "backup": False,
        "status": "open",
    },
    "POST /organizations/{organization_id}/codes": {
        "referrer_id": "lin",
        "campaign_id": "spring",
        "rule": {"kind": "contact", "reservation_seconds": 60},
        "expires_at": "2999-01-01T00:00:00Z",
    },
    "PUT /organizations/{organization_id}/logo": {"image": PIXEL},
    "GET /organizations/{organization_id}/campaigns": None,
    "GET /organizations/{organization_id}/campaigns/{campaign_id}": None,
    "PUT /organizations/{organization_id}/campaigns/{campaign_id}": CAMPAIGN
    | {"status": "draft"},  # what is published has a time of its own
    "PUT /organizations/{organization_id}/campaigns/{campaign_id}/picture": {"image": PICTURE},
    "GET /organizations/{organization_id}/campaigns/{campaign_id}/material/{kind}": None,
    "GET /c/{token}": None,
    "GET /c/{token}/performance": None,
    "GET /c/{token}/material/{kind}": None,
    "POST /organizations/{organization_id}/code-batches": {
        "referrer_ids": ["lin"],
        "campaign_id": "spring",
        "rule": {"kind": "contact", "reservation_seconds": 60},
        "expires_at": "2999-01-01T00:00:00Z",
    },
    "GET /organizations/{organization_id}/code-batches/{batch_id}": None,
    "GET /organizations/{organization_id}/code-batches/{batch_id}/images": None,
    "GET /organizations/{organization_id}/codes": None,
    "GET /organizations/{organization_id}/codes/{code_id}": None,
    "DELETE /organizations/{organization_id}/codes/{code_id}": None,
    "PUT /organizations/{organization_id}/codes/{code_id}": {
        "campaign_id": "spring",
        "rule": {"kind": "contact", "reservation_seconds": 60},
        "expires_at": "2999-01-01T00:00:00Z",
    },
    "GET /organizations/{organization_id}/statistics/{dimension}": None,
    "GET /organizations/{organization_id}/statistics/strategies": None,
    "GET /organizations/{organization_id}/waiting": None,
    "GET /organizations/{organization_id}/accounts/{account_id}": None,
    "GET /organizations/{organization_id}/accounts/{account_id}/recount": None,
    "PUT /organizations/{organization_id}/strategies/{strategy_id}": {
        "purpose": "service",
        "behaviours": {"opened": "seen"},
        "channels": [{"channel": "sms", "wait_seconds": 5, "success": "delivered"}],
    },
    "GET /organizations/{organization_id}/contents/verify": None,
    "GET /organizations/{organization_id}/templates": None,
    "GET /organizations/{organization_id}/templates/{template_id}": None,
    "PUT /organizations/{organization_id}/templates/{template_id}": {
        "locales": {"en": {"title": "Tea, {name}", "body": "It is here."}},
        "fallback_locale": "en",
        "variables": ["name"],
        "content_id": "spring",
    },
    "GET /organizations/{organization_id}/strategies": None,
    "GET /organizations/{organization_id}/strategies/{strategy_id}": None,
    "POST /organizations/{organization_id}/strategies/{strategy_id}/dry-run": {
        "user_id": "u-1",
        "version": 1,
    },
    "GET /organizations/{organization_id}/pushes": None,
    "GET /organizations/{organization_id}/pushes/{push_id}": None,
    "DELETE /organizations/{organization_id}/pushes/{push_id}": None,
    "POST /organizations/{organization_id}/runs": {
        "strategy_id": "chain",
        "content": PUSH["content"],
        "audience": {"upload": {"format": "csv", "size_bytes": 10}},
    },
    "GET /organizations/{organization_id}/runs": None,
    "GET /organizations/{organization_id}/runs/{run_id}": None,
    "PUT /organizations/{organization_id}/runs/{run_id}": {"status": "cancelled"},
    "GET /organizations/{organization_id}/sandbox/messages": None,
    "PUT /organizations/{organization_id}/recipients/{user_id}": RECIPIENT,
    "GET /organizations/{organization_id}/recipients/{user_id}": None,
    "DELETE /organizations/{organization_id}/recipients/{user_id}": None,
    "POST /organizations/{organization_id}/recipients": RECIPIENTS,
    "POST /partners/{organization_id}/recipients": RECIPIENT | {"user_id": "u-1"},
    "PUT /organizations/{organization_id}/people": PERSON,
    "POST /partners/{organization_id}/people": PERSON,
    "GET /organizations/{organization_id}/people/{person_key}": None,
    "POST /organizations/{organization_id}/people/erasures": {"identities": NOBODY},
    "POST /partners/{organization_id}/people/erasures": {"identities": NOBODY},
    "POST /organizations/{organization_id}/exports": {"kinds": ["members"], "format": "csv"},
    "GET /organizations/{organization_id}/exports": None,
    "GET /organizations/{organization_id}/exports/{export_id}": None,
    "DELETE /organizations/{organization_id}/exports/{export_id}": None,
    "POST /organizations/{organization_id}/people-imports": {
        "list": "existing_customers",
        "action": "add",
        "size_bytes": 10,
    },
    "PUT /organizations/{organization_id}/people-imports/{import_id}": {"status": "cancelled"},
    "GET /organizations/{organization_id}/people-imports": None,
    "GET /organizations/{organization_id}/people-imports/{import_id}": None,
    "PUT /organizations/{organization_id}/segments/{segment_id}": {
        "name": "Gold",
        "rule": {"kind": "exists", "attribute": "balance"},
    },
    "GET /organizations/{organization_id}/segments/{segment_id}": None,
    "GET /organizations/{organization_id}/segments": None,
    "PUT /organizations/{organization_id}/push-settings": {
        "caps": {"marketing": {"max_pushes": 100, "days": 7}},
        "unsubscribe_notes": {"en": "Ask us."},
    },
    "GET /organizations/{organization_id}/push-settings": None,
    "GET /organizations/{organization_id}/campaigns/{campaign_id}/performance": None,
    "GET /organizations/{organization_id}/campaigns/{campaign_id}/performance/{member_id}": None,
    "GET /organizations/{organization_id}/campaigns/{campaign_id}/signups": None,
    "PUT /organizations/{organization_id}/campaigns/{campaign_id}/signups/{customer_id}/feedback": {
        "outcome": "took-part",
        "note": "N",
    },
    "GET /organizations/{organization_id}/offers": None,
    "GET /organizations/{organization_id}/offers/{offer_id}": None,
    "PUT /organizations/{organization_id}/offers/{offer_id}": OFFER,
    "GET /organizations/{organization_id}/promoters/{member_id}/rank": None,
    "GET /organizations/{organization_id}/promoters/{member_id}/tasks": None,
    "GET /organizations/{organization_id}/promoters/{member_id}/bonus-tasks": None,
    "POST /organizations/{organization_id}/promoters/{member_id}/bonus-tasks": {
        "offer_id": "apples",
        "channel_type": "wechat",
    },
    "GET /organizations/{organization_id}/merchants/{member_id}/hints": None,
    "GET /organizations/{organization_id}/merchants/{member_id}/income": None,
    "GET /organizations/{organization_id}/bonus-rules": None,
    "PUT /organizations/{organization_id}/bonus-rules": BONUS_RULES | {"hints": HINT_RULES},
    "GET /organizations/{organization_id}/offers/{offer_id}/bonus-rules": None,
    "PUT /organizations/{organization_id}/offers/{offer_id}/bonus-rules": BONUS_RULES,
    "POST /organizations/{organization_id}/promoters/{member_id}/tasks/{offer_id}/link": {},
    "POST /organizations/{organization_id}/promoters/{member_id}/tasks/{offer_id}/shares": {
        "channel_type": "wechat-group",
        "user_id": "u-1",
        "strategy_id": "chain",
        "title": "Apples",
        "body": "Red and sweet.",
    },
    "GET /organizations/{organization_id}/payments": None,
    "GET /organizations/{organization_id}/payments/{order_id}": None,
    "POST /partners/{organization_id}/payments": PAYMENT,
    "POST /partners/{organization_id}/refunds": REFUND,
    "POST /partners/{organization_id}/chargebacks": REFUND | {"refund_id": "c-1"},
    "GET /t/{code}": None,
    "GET /t/{code}/coupons/{coupon}": None,
    "GET /t/{code}/image": None,
    "GET /organizations/{organization_id}/promotions": None,
    "GET /organizations/{organization_id}/promotions/{promotion_id}": None,
    "PUT /organizations/{organization_id}/promotions/{promotion_id}": PROMOTION,
    "GET /organizations/{organization_id}/promotions/{promotion_id}"
    "/participations/{participation_id}": None,
    "POST /partners/{organization_id}/invitations": {
        "promotion_id": "spring",
        "inviter": [{"kind": "user", "value": "u-1"}],
        "invitee": [{"kind": "phone", "value": "+8613800000002"}],
        "reference": "friend-1",
    },
    "POST /partners/{organization_id}/participations": {
        "promotion_id": "spring",
        "participant": [{"kind": "user", "value": "u-2"}],
        "occurred_at": timestamp(),
        "consented_at": timestamp(),
        "links": [{"token": "0" * 16, "opened_at": timestamp()}],
    },
    "POST /partners/{organization_id}/logins": {"customer": [{"kind": "id:app1", "value": "c-1"}]},
    "GET /console": None,
    "GET /console/{page+}": None,
    "POST /console/{page+}": None,
    "GET /i/{token}": None,
    "POST /i/{token}": None,
    "GET /inbox/{organization_id}": None,
    "POST /inbox/{organization_id}/events": {
        "events": [{"tracking_id": "nobodys", "event": "seen"}]
    },
    "GET /l/{tracking_id}": None,
    "GET /o/{tracking_id}": None,
    "GET /u/{tracking_id}": None,
    "POST /u/{tracking_id}": None,
    "POST /organizations/{organization_id}/pushes": PUSH,
    "POST /partners/{organization_id}/pushes": PUSH,
    "PUT /organizations/{organization_id}/programmes/{programme}": {
        "budget": {"CNY": 1_000_000},
        "caps": [{"period_days": 30, "max_count": 100}],
        "hold_seconds": 60,
        "checks": {"velocities": [{"window_seconds": 3600, "max_count": 100}]},
    },
    "GET /organizations/{organization_id}/programmes": None,
    "GET /organizations/{organization_id}/programmes/{programme}": None,
    "GET /organizations/{organization_id}/rewards": None,
    "GET /organizations/{organization_id}/payouts": None,
    "POST /organizations/{organization_id}/payouts": {
        "currency": "XTS",  # which no reward is in
        "minimum_minor": 100,
        "programme": "referral",
        "owner_id": "lin",
        "note": "March",
    },
    "GET /organizations/{organization_id}/payouts/{payout_id}": None,
    "PUT /organizations/{organization_id}/payouts/{payout_id}": {"status": "cancelled"},
    "GET /organizations/{organization_id}/payouts/{payout_id}/rows": None,
    "POST /organizations/{organization_id}/payouts/{payout_id}/results": {
        "results": [{"owner_id": "lin", "state": "failed", "row": 1, "reason": "account-closed"}]
    },
    "POST /organizations/{organization_id}/rewards/{reward_id}/decision": {
        "decision": "reverse",
        "reason": "by-mistake",
    },
    "POST /organizations/{organization_id}/rewards": REWARD,
    "POST /partners/{organization_id}/rewards": REWARD,
}
FREE = {
    *("settings", "contact", "limits", "behaviours", "locales", "variables", "budget"),
    *("addresses", "consents", "caps", "unsubscribe_notes", "attributes", "answers"),
}  # whose keys are the caller's own
QUERIES = {
    "GET /organizations/{organization_id}/campaigns/{campaign_id}/material/{kind}": (
        "?member_id={member_id}&format=svg"
    ),
    "GET /organizations/{organization_id}/campaigns": "?salesperson_id={member_id}",
    "GET /organizations/{organization_id}/payments": "?merchant_id={member_id}",
    "GET /oauth/wechat": "?state={code}",  # of nobody's: it leads back to the code's page
    "GET /callbacks/{organization_id}/{provider_account_id}": "?echostr=hello",
    "GET /receipts/{organization_id}/{provider_account_id}": "?echostr=hello",
    "GET /organizations/{organization_id}/pushes": "?user_id=u-1",
    "GET /organizations/{organization_id}/rewards": "?owner_id={member_id}",
    "GET /organizations/{organization_id}/accounts/{account_id}/recount": "?currency=CNY",
    "GET /organizations/{organization_id}/sandbox/messages": "?user_id=u-1",
    "GET /organizations/{organization_id}/assignments": "?channel_id=a&status=reserved",
}


@dataclass(frozen=True)
class Target:
    """An organisation at rest, with one of everything that paths name."""

    acme: Organization
    names: Mapping[str, str]  # of path parameters
    token: str  # of a visitor of the code
    seat_id: str

    def unchanged(self) -> AbstractContextManager[None]:
        """Compare what is stored of the organisation before and after a block."""
        return self.acme.deployment.unchanged(self.acme.id)

    def path(self, route: str) -> str:
        """Return the route's path with its parameters, and its query."""
        known = route.split()[1].replace("+}", "}") + QUERIES.get(route, "")
        return known.format_map(self.names)

    def body(self, route: str) -> Any:
        """Return a body that the route would take."""
        text = json.dumps(SAMPLES[route])
        return json.loads(text.replace("TOKEN", self.token).replace('"SEAT"', f'"{self.seat_id}"'))

    def call(self, route: str, body: Any, path: str = "") -> Answer:
        """Call a route as the caller it is for; a body that is bytes is sent as it is."""
        door, acme = DOORS[route], self.acme
        path = path or self.path(route)
        content = None if body is None else encode(body)
        client = acme.operator if door.kind == "staff" else acme.anyone
        headers: dict[str, str] = {}
        if door.kind == "partner":
            content = self.envelope(route, content or b"null")
            headers = signature(acme.partner_secret, content)
        elif door.kind == "provider":
            headers = signature(acme.callback_secret, content or b"")
        elif door.kind == "app":
            headers = {"Authorization": f"Bearer {acme.identity_token('u-1', 'inbox')}"}
        return client.send(door.method, path, content, headers)

    def envelope(self, route: str, data: bytes) -> bytes:
        """Return a partner's event as it goes over the wire."""
        head = json.dumps({"type": DOORS[route].event_type, "timestamp": timestamp()})[:-1]
        return head.encode() + b', "data": ' + data + b"}"


def some_and_all(routes: list[str]) -> list[Any]:
    """Return every eighth route, and all of them for the proof: each starts a function first."""
    return [
        pytest.param(routes[::8], id="some"),
        pytest.param(routes, id="all", marks=pytest.mark.proof),
    ]


@dataclass(frozen=True)
class Worse:
    """A body made worse, and in what way."""

    how: str
    body: Any


def worse(body: dict[str, Any] | str) -> Iterator[Worse]:
    """Yield every way in which a body can be wrong that needs no knowledge of it."""
    if isinstance(body, str):
        yield from _worse_sheet(body)
        return
    for text in (b"{", b"[]", b'"text"', b"null", b"12", b"{}x"):
        yield Worse(f"{text!r} for the whole", text)
    yield Worse("an unknown field", body | {"surprise": 1})
    yield Worse("over 64 KiB", body | {"padding": "x" * 70_000})
    yield Worse("too deep", b'{"surprise": ' + b"[" * 30_000 + b"]" * 30_000 + b"}")
    name = next(iter(body), "surprise")
    yield Worse("half a character", b'{"' + name.encode() + b'": "\\ud800"}')
    for field, value in body.items():
        for wrong in _wrong(value):
            yield Worse(f"{field} = {str(wrong)[:40]!r}", body | {field: wrong})
        if isinstance(value, dict) and field not in FREE:
            for inner in worse(value):
                if isinstance(inner.body, dict):
                    yield replace(
                        inner, how=f"{field}: {inner.how}", body=body | {field: inner.body}
                    )


def _worse_sheet(body: str) -> Iterator[Worse]:
    header, line, _ = body.split("\r\n")
    for how, text in {
        "JSON": b"{}",
        "nothing": b"",
        "no UTF-8": header.encode() + b"\r\n\xff\xfe",
        "a column twice": f"{header},name\r\n{line},a".encode(),
        "an unknown column": f"{header},surprise\r\n{line},1".encode(),
        "a column missing": body.replace("_id", "", 1).encode(),
        "an open quote": f'{header}\r\n"{line}'.encode(),
        "501 lines": f"{header}\r\n{f'{line}\r\n' * 501}".encode(),
        "over 1 MB": body.encode() + b"\n" * 1_000_000,
    }.items():
        yield Worse(how, text)


def _wrong(value: Any) -> list[Any]:
    nothing: list[Any] = []
    ways: list[tuple[Callable[[Any], bool], list[Any]]] = [
        (lambda v: isinstance(v, bool), ["yes", 1, nothing, {}]),
        (lambda v: isinstance(v, int), ["12", 1.5, True, nothing, {}, -1, 10**40]),
        (lambda v: isinstance(v, float), ["12", True, nothing, {}, 1e9]),
        (lambda v: isinstance(v, str), [12, True, nothing, {}, "x" * 5_000]),
        (lambda v: isinstance(v, list), ["x", 5, {"a": 1}, [nothing], [{}], [5]]),
        (lambda v: isinstance(v, dict), ["x", 5, nothing]),
    ]
    return next(wrong for matches, wrong in ways if matches(value))
