"""Two organisations with one of everything, whose names tell which one a thing belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.client import Deployment, Organization, eventually, found_organization
from tests.support.offers import OFFER
from tests.support.promotions import PROMOTION

FIRST_OPERATOR = "first-operator"  # the member that an organisation begins with
SAMPLE_REF = "ref"  # of the channel of tests/support/routes.py
OTHER, SOMEBODY = "other", "somebody"  # members without a login
ROLES: Mapping[str, str] = {
    FIRST_OPERATOR: "operator",
    "member": "member",
    "promoter": "promoter",
    "merchant": "merchant",
    "demoted": "operator",
    "disabled": "operator",
}


@dataclass
class Home:
    """An organisation and the ids of what is in it."""

    organization: Organization
    letter: str  # that its things begin with; nobody else's do
    provider_secret: str = ""
    tokens: dict[str, str] = field(default_factory=dict)  # of members who have signed in
    names: dict[str, str] = field(default_factory=dict)  # of things, by path parameter
    codes: dict[str, str] = field(default_factory=dict)  # of members, to be changed
    seat: str = ""
    visitor_token: str = ""

    def named(self, thing: str) -> str:
        """Return the id of a thing of this organisation."""
        return f"{self.letter}-{thing}"

    def put_member(self, member_id: str, role: str, **settings: Any) -> None:
        """Put a member as `member_body` says."""
        path = f"{self.organization.path}/members/{member_id}"
        body = self.member_body(member_id, role) | settings
        self.organization.operator.put(path, body).expect(200)

    def member_body(self, member_id: str, role: str) -> dict[str, Any]:
        """Return what leaves a member as they are."""
        body: dict[str, Any] = {"name": f"{self.letter}'s {member_id}", "roles": [role]}
        if member_id in ROLES:
            return body | {"login": {"email": self.email(member_id)}, "active": True}
        return body

    def account_body(self) -> dict[str, Any]:
        """Return a sandbox's account that has the channel, so that a sync closes nothing."""
        contacts = [f"ref-{self.named('channel')}", SAMPLE_REF]
        return {"type": "sandbox", "settings": {"contacts": contacts}}

    def email(self, member_id: str) -> str:
        """Return how a member signs in."""
        name = "operator" if member_id == FIRST_OPERATOR else member_id
        return f"{name}@{self.organization.id}.example"


def make_home(deployment: Deployment, letter: str) -> Home:
    """Make an organisation with one of everything; a push of it waits for an hour."""
    acme = found_organization(deployment)
    home = Home(acme, letter)
    account, path = home.named("account"), acme.path
    answer = acme.operator.put(f"{path}/provider-accounts/{account}", home.account_body())
    home.provider_secret = str(answer.expect(200).json["callback_secret"])
    acme.put_wechat()
    for member_id in (OTHER, SOMEBODY, home.named(SOMEBODY)):
        home.put_member(member_id, "member")
    acme.put_channel(home.named("channel"), provider=account)
    code = acme.issue(SOMEBODY, reservation_seconds=86_400)  # the seat outlasts the walk
    home.visitor_token = acme.scan(code)
    home.seat = acme.seat(code, home.visitor_token)["assignment_id"]
    home.names = {
        "organization_id": acme.id,
        "code": code,
        "code_id": acme.issue(home.named(SOMEBODY)),
        "batch_id": acme.issue_batch(),
        "channel_id": home.named("channel"),
        "assignment_id": home.seat,
        "customer_id": home.seat.split(".")[0],
        "partner_id": home.named("partner"),
        "webhook_id": acme.put_webhook(home.named("webhook")),
        "delivery_id": "0" * 26,  # of nothing that happened
        "account_id": account,
        "sync_id": "0" * 26,  # there is none
        "provider_account_id": account,
        "strategy_id": home.named("strategy"),
        "template_id": home.named("template"),
        "promotion_id": home.named("promotion"),
        "kind": "poster",
        "offer_id": home.named("offer"),
        "campaign_id": home.named("campaign"),
        "order_id": "0" * 26,  # of no payment
        "programme": acme.put_programme(f"{letter}-programme"),
        "reward_id": acme.grant_reward(f"{letter}-programme"),
        "payout_id": acme.cancelled_payout(),
        "participation_id": "0" * 26,  # of nobody
        "page": "sign-in",
        "token": "0" * 16,  # of no invitation
        "dimension": "channels",
        "push_id": _push(home),
        "run_id": acme.order_run(home.named("strategy")),
        "coupon": "0" * 12,  # that nobody was given
        "tracking_id": "0" * 16,  # of no message
        "user_id": home.named("recipient"),
        "person_key": "0" * 26,  # of nobody
        "segment_id": home.named("segment"),
        "import_id": acme.order_import(),
        "export_id": acme.cancelled_export(),
        "member_id": home.named(SOMEBODY),
    }
    acme.operator.put(f"{path}/recipients/{home.named('recipient')}", {}).expect(200)
    acme.operator.put(f"{path}/segments/{home.named('segment')}", {}).expect(200)
    promotion = PROMOTION | {"name": home.named("promotion")}
    acme.operator.put(f"{path}/promotions/{home.named('promotion')}", promotion).expect(200)
    home.put_member("merchant", "merchant")
    offer = OFFER | {
        "merchant_id": "merchant",
        "product": OFFER["product"] | {"name": f"{letter}'s"},
    }
    acme.operator.put(f"{path}/offers/{home.named('offer')}", offer).expect(200)
    partner = {"name": f"{letter}'s partner"}
    acme.operator.put(f"{path}/partners/{home.named('partner')}", partner).expect(200)
    return home


def _push(home: Home) -> str:
    operator, path = home.organization.operator, home.organization.path
    channel = {"channel": home.named("way"), "wait_seconds": 3600, "success": "seen"}
    strategy = {"purpose": "service", "channels": [channel]}
    strategy_id = home.named("strategy")
    operator.put(f"{path}/strategies/{strategy_id}", strategy).expect(200)
    words = {"title": f"{home.letter}'s T", "body": "B"}
    template = {"locales": {"en": words}, "fallback_locale": "en"}
    operator.put(f"{path}/templates/{home.named('template')}", template).expect(200)
    content = {"title": "T", "body": "B"}
    body = {"strategy_id": strategy_id, "user_id": home.named("user"), "content": content}
    push_id = str(operator.post(f"{path}/pushes", body).expect(202).json["push_id"])
    push = f"{path}/pushes/{push_id}"
    eventually("the push to wait", lambda: operator.get(push).json["attempts"] or None)
    return push_id


def sign_in(home: Home) -> None:
    """Let every role sign in; then one operator is demoted and one is disabled."""
    staff = home.organization.deployment.staff
    for member_id, role in ROLES.items():
        email = home.email(member_id)
        if member_id != FIRST_OPERATOR:
            home.put_member(member_id, role)
            staff.wait_for_login(email)
        home.tokens[member_id] = staff.token(email, staff.set_password(email))
    for member_id in ("member", OTHER):
        home.codes[member_id] = home.organization.issue(member_id)
    home.put_member("demoted", "member")
    home.put_member("disabled", "operator", active=False)
