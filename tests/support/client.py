"""Organisations to play with over HTTP, on a deployment of the tests' own.

Built on the demo's client, which knows nothing of the package: what these tests see, callers see.
"""

import base64
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

import boto3
import jwt

from infra.demo.client import Answer, Client, timestamp
from infra.demo.staff import Staff
from infra.local.deploy import resources, session
from infra.local.instance import Instance
from tests.support.offers import OFFER
from tests.support.promotions import PROMOTION

PARTNER = "shop"
# A minute's schedule that has just begun, the one after it, and a busy machine.
WAIT_SECONDS = 150.0
CHECK_SECONDS = 360.0  # an organisation just looked after for alarms is due four minutes later
POLL_SECONDS = 0.1
ON_SCHEDULE = {"ChecksTable"}  # changes by the clock, whoever calls
TOLD = {"AuditTable"}  # what was tried in vain too
RANKED = "#ranking"  # in the keys of rankings and of when they are made, by the clock too
QUIET_SECONDS = 1.0  # longer than a stream or an event takes on the way
QUIET_LOOKS = 2  # as many looks at every table: on a busy machine the way is as slow as a look
DAY_SECONDS = 90.0  # what a test of one day needs of it


def eventually[T](what: str, look: Callable[[], T | None], seconds: float = WAIT_SECONDS) -> T:
    """Look until something is there; fails with what never came."""
    deadline = time.monotonic() + seconds
    while (found := look()) is None:
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}, in vain"
        time.sleep(POLL_SECONDS)
    return found


def within_a_day(zone: str = "UTC", seconds: float = DAY_SECONDS) -> None:
    """Wait for midnight where it is near, so that what follows is of one day there."""
    now = datetime.now(ZoneInfo(zone))
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    left = (midnight - now).total_seconds()
    if left < seconds:
        time.sleep(left + 1)


@dataclass
class Deployment:
    """The stack under test, its admin's client and what its tables hold."""

    instance: Instance
    staff: Staff
    admin: Client
    names: dict[str, str] = field(default_factory=dict)  # of resources, by logical id
    clients: dict[str, Any] = field(default_factory=dict)  # by service

    @property
    def anyone(self) -> Client:
        """A client that nobody knows."""
        return Client(self.instance.url)

    def aws(self, service: str) -> Any:
        """Return a boto3 client with all rights: one for each service."""
        if service not in self.clients:
            made: Any = boto3.client(service, **session(self.instance))  # type: ignore[call-overload]
            self.clients[service] = made
        return self.clients[service]

    def resource(self, logical_id: str) -> str:
        """Return the physical name of a resource of the stack."""
        if not self.names:
            self.names = resources(self.instance)
        return self.names[logical_id]

    def run(self, function: str) -> None:
        """Run what a schedule runs, without waiting for its minute."""
        name = self.resource(function)
        answer = self.aws("lambda").invoke(FunctionName=name, Payload=b"{}")
        assert "FunctionError" not in answer, answer["Payload"].read()

    def items(self, organization_id: str = "") -> dict[str, list[str]]:
        """Return the items of every table as text, by its logical id; of an organisation or all."""
        self.resource("OutboxTable")
        tables = [name for name in self.names if name.endswith("Table")]
        return {name: self._items(name, organization_id) for name in tables}

    def _items(self, table: str, organization_id: str = "") -> list[str]:
        pages = self.aws("dynamodb").get_paginator("scan").paginate(TableName=self.resource(table))
        every = (str(sorted(item.items())) for page in pages for item in page["Items"])
        return sorted(item for item in every if organization_id in item)

    def settle(self) -> None:
        """Wait until all that follows from what was done has followed."""
        self.rest()

    def rest(self) -> None:
        """Wait until the outbox is empty and nothing changed for a while."""
        known: dict[str, list[str]] = {}

        def look() -> bool | None:
            nonlocal known
            if self._items("OutboxTable"):
                return None  # there are forty tables more
            begun = time.monotonic()
            now = self.items()
            if now == known:
                return True
            known = now
            time.sleep(max(QUIET_SECONDS, QUIET_LOOKS * (time.monotonic() - begun)))
            return None

        eventually("the tables to come to rest", look)

    @contextmanager
    def unchanged(self, organization_id: str) -> Iterator[None]:
        """Let all come to rest, then compare every item of an organisation around the block."""
        self.rest()
        before = self.items(organization_id)
        yield
        after = self.items(organization_id)
        looked_at = before.keys() - ON_SCHEDULE - TOLD
        changed = sorted(
            name for name in looked_at if _lasting(before[name]) != _lasting(after[name])
        )
        assert not changed, f"changed: {changed}"


def _lasting(items: list[str]) -> list[str]:
    """Return the items of a table but those that a schedule makes anew."""
    return [item for item in items if RANKED not in item]


@dataclass
class Organization:
    """An organisation made for a test, and everybody who acts in it."""

    deployment: Deployment
    id: str
    operator: Client
    partner_secret: str
    callback_secret: str
    members: dict[str, Client] = field(default_factory=dict)

    @property
    def anyone(self) -> Client:
        """A client that nobody knows."""
        return self.deployment.anyone

    @property
    def path(self) -> str:
        """The beginning of the staff routes."""
        return f"/organizations/{self.id}"

    def put_offer(self, offer_id: str) -> str:
        """Put a merchant and an offer of theirs."""
        merchant_id = OFFER["merchant_id"]
        member = {"name": "Orchard", "roles": ["merchant"]}
        self.operator.put(f"{self.path}/members/{merchant_id}", member).expect(200)
        self.operator.put(f"{self.path}/offers/{offer_id}", OFFER).expect(200)
        return offer_id

    def put_promotion(self, promotion_id: str) -> str:
        """Put a promotion and return its id."""
        self.operator.put(f"{self.path}/promotions/{promotion_id}", PROMOTION).expect(200)
        return promotion_id

    def names(self, code: str, push_id: str, seat_id: str) -> dict[str, str]:
        """Return a thing that exists for each name in a route; `lin` and `chain` are put before.

        What changes a code has another one to change (`code_id`).
        """
        return {
            "organization_id": self.id,
            "code": code,
            "code_id": self.issue("lin"),
            "batch_id": self.issue_batch(),
            "channel_id": "a",
            "member_id": "lin",
            "partner_id": "shop",
            "webhook_id": self.put_webhook("crm"),
            "delivery_id": "0" * 26,  # of nothing that happened
            "account_id": "lin",
            "provider_account_id": "sandbox",
            "strategy_id": "chain",
            "template_id": self.put_template("tea"),
            "promotion_id": self.put_promotion("spring"),
            "kind": "poster",
            "offer_id": self.put_offer("apples"),
            "campaign_id": "spring",
            "programme": self.put_programme("tea-week"),
            "reward_id": self.grant_reward("tea-week"),
            "payout_id": self.cancelled_payout(),
            "order_id": "0" * 26,  # of no payment
            "participation_id": "0" * 26,  # of nobody
            "page": "sign-in",
            "token": "0" * 16,  # of no invitation
            "dimension": "channels",
            "push_id": push_id,
            "run_id": self.order_run(),
            "coupon": "0" * 12,  # that nobody was given
            "tracking_id": "0" * 16,  # of no message
            "user_id": "u-1",
            "person_key": "0" * 26,  # of nobody
            "segment_id": self.put_segment("gold"),
            "import_id": self.order_import(),
            "export_id": self.cancelled_export(),
            "sync_id": "0" * 26,  # there is none: it would still run while others call
            "assignment_id": seat_id,
            "customer_id": seat_id.split(".", maxsplit=1)[0],
        }

    def put_template(self, template_id: str) -> str:
        """Put a template in one language, without variables."""
        words = {"title": "Tea", "body": "It is here."}
        body = {"locales": {"en": words}, "fallback_locale": "en"}
        self.operator.put(f"{self.path}/templates/{template_id}", body).expect(200)
        return template_id

    def put_webhook(self, webhook_id: str) -> str:
        """Put a webhook that is paused, so that nobody is called."""
        body = {"url": "https://crm.example.com/", "events": ["reward.*"], "status": "paused"}
        answer = self.operator.put(f"{self.path}/webhooks/{webhook_id}", body)
        if answer.status != HTTPStatus.OK:
            answer.expect(201)
        return webhook_id

    def put_segment(self, segment_id: str) -> str:
        """Put a segment of those who are on its list."""
        self.operator.put(f"{self.path}/segments/{segment_id}", {}).expect(200)
        return segment_id

    def put_programme(self, programme: str) -> str:
        """Put a programme without a budget or a cap."""
        self.operator.put(f"{self.path}/programmes/{programme}", {}).expect(200)
        return programme

    def grant_reward(self, programme: str) -> str:
        """Grant a reward that is always the same, to nobody else; returns its id."""
        body = {"natural_key": "named", "owner_id": "named", "amount_minor": 1, "currency": "CNY"}
        answer = self.operator.post(f"{self.path}/rewards", body | {"programme": programme})
        return str(answer.expect(200, 201).json["reward_id"])

    def start_payout(self, currency: str = "XTS", **settings: Any) -> str:
        """Start a payout; of a currency that no reward is in. Returns its id."""
        answer = self.operator.post(f"{self.path}/payouts", {"currency": currency} | settings)
        return str(answer.expect(202).json["payout_id"])

    def cancelled_payout(self) -> str:
        """Start a payout and cancel it. Returns its id."""
        payout_id = self.start_payout()
        self.operator.put(f"{self.path}/payouts/{payout_id}", {"status": "cancelled"}).expect(200)
        return payout_id

    def order_import(self) -> str:
        """Order an import whose list never comes. Returns its id."""
        answer = self.operator.post(f"{self.path}/people-imports", {"size_bytes": 10})
        return str(answer.expect(202).json["import_id"])

    def cancelled_export(self) -> str:
        """Order an export of little and cancel it. Returns its id."""
        body = {"kinds": ["organization"]}
        answer = self.operator.post(f"{self.path}/exports", body)
        export_id = str(answer.expect(202).json["export_id"])
        self.operator.delete(f"{self.path}/exports/{export_id}").expect(200)
        return export_id

    def order_run(self, strategy_id: str = "chain") -> str:
        """Order a run whose list never comes: nothing is sent. Returns its id."""
        body = {
            "strategy_id": strategy_id,
            "content": {"title": "T", "body": "B"},
            "audience": {"upload": {"format": "csv", "size_bytes": 10}},
        }
        return str(self.operator.post(f"{self.path}/runs", body).expect(202).json["run_id"])

    def put_member(self, member_id: str, *roles: str, login: bool = False) -> None:
        """Put a member, a referrer unless roles are given; with a login they sign in too."""
        body: dict[str, Any] = {"name": member_id.title(), "roles": list(roles or ("member",))}
        email = f"{member_id}@{self.id}.example"
        if login:
            body["login"] = {"email": email}
        self.operator.put(f"{self.path}/members/{member_id}", body).expect(200)
        if login:
            staff = self.deployment.staff
            staff.wait_for_login(email, WAIT_SECONDS)
            self.members[member_id] = staff.signed_in(email, staff.set_password(email))

    def put_channel(self, channel_id: str, cap: int = 10, **settings: Any) -> Answer:
        """Put a channel of kind `contact` unless another is given."""
        body = {"kind": "contact", "name": channel_id, "provider_ref": f"ref-{channel_id}"}
        path = f"{self.path}/channels/{channel_id}"
        return self.operator.put(path, body | {"cap": cap} | settings).expect(200)

    def put_wechat(self) -> None:
        """Put an account at WeChat: visitors can be sent there, and nobody answers."""
        reference = f"sluice/{self.id}/wechat"
        body = {"type": "wechat", "settings": {"app_id": "wx0"}, "secret_reference": reference}
        self.operator.put(f"{self.path}/provider-accounts/wechat", body).expect(200)

    def held(self, channel_id: str) -> int:
        """Return the load of a channel."""
        found = self.operator.get(f"{self.path}/channels/{channel_id}").expect(200).json
        return int(found["held"])

    def issue(self, referrer_id: str | None = None, **rule: Any) -> str:
        """Issue a code."""
        body = {"rule": rule} | ({"referrer_id": referrer_id} if referrer_id else {})
        answer = self.operator.post(f"{self.path}/codes", body).expect(201)
        return str(answer.json["code"])

    def issue_batch(self, count: int = 2) -> str:
        """Issue a batch of codes."""
        answer = self.operator.post(f"{self.path}/code-batches", {"count": count}).expect(201)
        return str(answer.json["batch_id"])

    def scan(self, code: str) -> str:
        """Scan as a new visitor; return the token to join with."""
        return str(self.anyone.get(f"/s/{code}").expect(200).json["visitor_token"])

    def join(self, code: str, token: str | None = None, **body: Any) -> Answer:
        """Join, as a new visitor unless a token is given."""
        who = {} if "identity_token" in body else {"visitor_token": token or self.scan(code)}
        return self.anyone.post(f"/s/{code}/join", who | body)

    def seat(self, code: str, token: str | None = None, **body: Any) -> dict[str, Any]:
        """Join and return the seat, which must be a new one."""
        found: dict[str, Any] = self.join(code, token, **body).expect(201).json
        return found

    def identity_token(self, subject: str, code: str, **claims: Any) -> str:
        """Return a token by which the partner vouches for its customer."""
        given = {
            "iss": PARTNER,
            "sub": subject,
            "aud": f"{self.id}/{code}",
            "iat": datetime.now(UTC),
            "exp": datetime.now(UTC) + timedelta(minutes=5),
        }
        return jwt.encode(given | claims, _key_of(self.partner_secret), algorithm="HS256")

    def tell(
        self,
        seat: Mapping[str, Any],
        event: str = "connected",
        *,
        at: datetime | None = None,
        customer_ref: str = "",
    ) -> dict[str, Any]:
        """Make the sandbox provider's callback; return what became of it."""
        body = {
            "event": event,
            "assignment_id": seat["assignment_id"],
            "customer_ref": customer_ref or f"wx-{seat['assignment_id'][:26]}",
            "at": timestamp(at),
        }
        path = f"/callbacks/{self.id}/sandbox"
        answer = self.anyone.post_signed(path, self.callback_secret, body).expect(200)
        found: dict[str, Any] = answer.json
        return found

    def statistics(self, dimension: str) -> dict[str, dict[str, int]]:
        """Return the rows of a dimension by id."""
        rows = self.operator.get(f"{self.path}/statistics/{dimension}").expect(200).json["rows"]
        return {row.pop("id"): row for row in rows}

    def account(self, account_id: str) -> dict[str, Any]:
        """Return an account with up to 100 entries."""
        found = self.operator.get(f"{self.path}/accounts/{account_id}?limit=100")
        return dict(found.expect(200).json)

    def post_event(self, kind: str, event_type: str, data: Any, webhook_id: str = "") -> Answer:
        """Post a partner's signed event."""
        path = f"/partners/{self.id}/{kind}"
        return self.anyone.post_event(path, self.partner_secret, event_type, data, webhook_id)


def found_organization(
    deployment: Deployment, organization_id: str = "", **settings: Any
) -> Organization:
    """Make an organisation with an operator who has signed in, a partner and the sandbox."""
    organization_id = organization_id or f"org-{secrets.token_hex(4)}"
    email = f"operator@{organization_id}.example"
    body = {"name": organization_id, "first_operator_email": email} | settings
    deployment.admin.put(f"/organizations/{organization_id}", body).expect(201)
    deployment.staff.wait_for_login(email, WAIT_SECONDS)
    password = deployment.staff.set_password(email)
    operator = deployment.staff.signed_in(email, password)
    path = f"/organizations/{organization_id}"
    account = operator.put(f"{path}/provider-accounts/sandbox", {"type": "sandbox"})
    partner = operator.put(f"{path}/partners/{PARTNER}", {"name": "The shop"})
    return Organization(
        deployment,
        organization_id,
        operator,
        partner_secret=partner.expect(200).json["secret"],
        callback_secret=account.expect(200).json["callback_secret"],
    )


def _key_of(secret: str) -> bytes:
    """Return the key in a secret of Standard Webhooks' form."""
    return base64.b64decode(secret.removeprefix("whsec_"))
