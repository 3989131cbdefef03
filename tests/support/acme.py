"""Acme Tea after a week: people, channels with loads, a campaign, a shop, rewards and pushes.

Made through the API alone, day by day, by everybody who acts in it: what pages show of it is what
the suite counted. A world for all tests of pages; tests that change much have things of their own.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.support.acme_data import (
    BONUS_RULES,
    CHANNELS,
    CONTENT,
    GIFTS,
    JOINS,
    OFFERS,
    PEOPLE,
    READERS,
    SEGMENT,
    SIGNUPS,
    STRATEGY,
    TEMPLATE,
    TOLD,
)
from tests.support.campaign_bodies import CAMPAIGN
from tests.support.client import Organization, found_organization
from tests.support.here import Here
from tests.support.offers import OFFER
from tests.support.promotions import PROMOTION

DAY = timedelta(days=1)


@dataclass
class Acme:
    """The organisation and the addresses of what was made in it."""

    here: Here
    organization: Organization
    code: str = ""  # of Lin's poster
    campaign_code: str = ""  # of Lin's part in the campaign
    campaign_token: str = ""  # of Lin's personal link to it
    invitation: str = ""  # the path of an invitation's page
    unsubscribe: str = ""  # the path of the page that ends messages to Mei
    task_code: str = ""  # of Ann's link to the apples
    export_id: str = ""  # of who and what there is, as CSV
    pushes: dict[str, str] = field(default_factory=dict)  # ids, by reader

    def login(self, name: str) -> tuple[str, str]:
        """Return e-mail address and password of `operator` or a member."""
        email = f"{name}@{self.organization.id}.example"
        return email, self.here.staff.passwords[email]


def built(here: Here, now: datetime, *, stands: bool = False) -> Acme:
    """Make it in the week before `now`; afterwards time goes on, unless it `stands` there."""
    here.clock.stand(now - len(JOINS) * DAY)
    organization = found_organization(
        here,
        "acme",
        name="Acme Tea",
        time_zone="Asia/Shanghai",
        referral_reward={"amount_minor": 500, "currency": "CNY"},
    )
    acme = Acme(here, organization)
    _open(organization)
    acme.code = organization.issue("lin")
    organization.issue_batch(3)
    _publish(acme, now)
    _open_shop(acme)
    for number, joins in enumerate(JOINS):
        here.clock.go_on(DAY)
        _join(acme, joins)
        _sign_up(acme, SIGNUPS[number : number + 1])
        _sell(acme, number)
        here.settle()
    _let_out(acme)
    _judge(acme)
    _thank(acme)
    _invite(acme, now)
    _push(acme)
    for name in ("ClearRewards", "RefreshRankings", "CheckAlarms", "TendCampaigns"):
        here.run(name)
    if not stands:
        here.clock.stand(None)
    return acme


def _open(organization: Organization) -> None:
    for member_id, (name, role, tags) in PEOPLE.items():
        email = f"{member_id}@{organization.id}.example"
        body = {"name": name, "roles": [role], "tags": list(tags), "login": {"email": email}}
        organization.operator.put(f"{organization.path}/members/{member_id}", body).expect(200)
        staff = organization.deployment.staff
        staff.wait_for_login(email)
        organization.members[member_id] = staff.signed_in(email, staff.set_password(email))
    for channel_id, settings in CHANNELS.items():
        organization.put_channel(channel_id, **settings)


def _publish(acme: Acme, now: datetime) -> None:
    """Publish a campaign for Lin, Mei and Zhou, and find Lin's personal link."""
    organization = acme.organization
    changes = {
        "title": "春茶品鉴会 Spring tasting",
        "starts_at": (now - (len(JOINS) + 1) * DAY).isoformat(),
        "ends_at": (now + 14 * DAY).isoformat(),
        "salespeople": ["zhou", "mei"],
        "landing": {"headline": "来喝第一泡春茶", "text": "Tea, music and cakes.\n周六下午两点。"},
    }
    path = f"{organization.path}/campaigns/spring"
    organization.operator.put(path, CAMPAIGN | changes).expect(200)
    acme.here.run("TendCampaigns")
    path = f"{organization.path}/members/lin/campaigns/spring"
    found = organization.members["lin"].get(path).expect(200).json
    acme.campaign_token = str(found["page"]).rpartition("/")[2]
    acme.campaign_code = str(found["link"]).rpartition("/")[2]


def _join(acme: Acme, joins: int) -> None:
    """Let customers scan and join; most connect, of many some never do."""
    for number in range(joins):
        seat = acme.organization.seat(acme.code)
        if number < 3:
            acme.organization.tell(seat)


def _sign_up(acme: Acme, names: tuple[str, ...]) -> None:
    organization, code = acme.organization, acme.campaign_code
    organization.scan(code)
    for name in names:
        token = organization.scan(code)
        answers = {"name": name, "phone": f"+86138000000{len(name):02}", "day": "Sat"}
        body = {"visitor_token": token, "answers": answers, "consent": True}
        organization.anyone.post(f"/s/{code}/signup", body).expect(201)


def _judge(acme: Acme) -> None:
    """Say of the first three that they came, of one that they did not."""
    organization = acme.organization
    path = f"{organization.path}/campaigns/spring/signups"
    items = organization.operator.get(path).expect(200).json["items"]
    outcomes = ("took-part", "took-part", "cancelled")
    for item, outcome in zip(items, outcomes, strict=False):
        place = f"{path}/{item['customer_id']}/feedback"
        organization.operator.put(place, {"outcome": outcome}).expect(200)


def _let_out(acme: Acme) -> None:
    """Tell a system of the shop's own of rewards and members; export who and what there is."""
    operator, path = acme.organization.operator, acme.organization.path
    webhook = {
        "url": "https://crm.acme.example/sluice",
        "events": ["member.changed.v1", "reward.*", "signup.judged.v1"],
        "description": "Bonus figures for the CRM",
    }
    operator.put(f"{path}/webhooks/crm", webhook).expect(201)
    order = {"kinds": ["members", "channels", "assignments"], "format": "csv"}
    ordered = operator.post(f"{path}/exports", order).expect(202)
    acme.export_id = str(ordered.json["export_id"])


def _thank(acme: Acme) -> None:
    """Give Mei two gifts within the hour: the second is held for review."""
    operator, path = acme.organization.operator, acme.organization.path
    operator.put(f"{path}/programmes/gifts", GIFTS).expect(200)
    for number in range(2):
        gift = {"programme": "gifts", "natural_key": f"gift-{number}", "owner_id": "mei"}
        amount = {"amount_minor": 300, "currency": "CNY", "reason": "gift"}
        operator.post(f"{path}/rewards", gift | amount).expect(201)


def _open_shop(acme: Acme) -> None:
    """Put three offers, rules of bonus tasks and what tells of them."""
    organization = acme.organization
    operator, path = organization.operator, organization.path
    operator.put(f"{path}/strategies/told", TOLD).expect(200)
    for offer_id, (name, price) in OFFERS.items():
        product = OFFER["product"] | {"name": name, "price_minor": price}
        body = OFFER | {"product": product, "starts_at": acme.here.clock.now().isoformat()}
        operator.put(f"{path}/offers/{offer_id}", body).expect(200)
    operator.put(f"{path}/bonus-rules", BONUS_RULES).expect(200)
    shared = {"channel_type": "copied"}
    for member_id in ("ann", "ben"):
        for offer_id in OFFERS:
            shares = f"{path}/promoters/{member_id}/tasks/{offer_id}/shares"
            operator.post(shares, shared).expect(201)
    ask = f"{path}/promoters/ann/tasks/apples/link"
    acme.task_code = str(operator.post(ask, {}).expect(200, 201).json["code"])
    acme.here.settle()
    accepted = {"offer_id": "apples"} | shared
    operator.post(f"{path}/promoters/ann/bonus-tasks", accepted).expect(200)


def _sell(acme: Acme, number: int) -> None:
    """Let a buyer come over Ann's link and pay."""
    organization = acme.organization
    found = organization.anyone.get(f"/t/{acme.task_code}").expect(200).json
    paid = {
        "order_id": f"o-{number}",
        "offer_id": "apples",
        "amount_minor": 10_000,
        "currency": "CNY",
        "paid_at": acme.here.clock.now().isoformat(),
        "visitor_token": found["visitor_token"],
    }
    organization.post_event("payments", "payment.settled.v1", paid).expect(202)


def _invite(acme: Acme, now: datetime) -> None:
    """Put a promotion and let a customer invite a friend."""
    organization = acme.organization
    operator, path = organization.operator, organization.path
    times = {"starts_at": (now - DAY).isoformat(), "ends_at": (now + 30 * DAY).isoformat()}
    promotion = PROMOTION | times | {"segment_id": None, "message": None}
    operator.put(f"{path}/promotions/spring", promotion).expect(200)
    operator.put(f"{path}/segments/south", SEGMENT).expect(200)
    inviter = [{"kind": "user", "value": "u-mei"}]
    person = {"identities": inviter, "joins": [{"list": "existing_customers"}]}
    operator.put(f"{path}/people", person).expect(200)
    data = {
        "promotion_id": "spring",
        "inviter": inviter,
        "invitee": [{"kind": "phone", "value": "+8613900000001"}],
    }
    answer = organization.post_event("invitations", "promotion.invite.v1", data).expect(200)
    link = str(answer.json["invitations"][0]["link"])
    acme.invitation = link[link.index("/i/") :]


def _push(acme: Acme) -> None:
    """Start a push to each reader; the sandbox answers as its script has it."""
    organization = acme.organization
    operator, path = organization.operator, organization.path
    script = {
        f"{user}/{name}": word for user, said in READERS.items() for name, word in said.items()
    }
    account = {"type": "sandbox", "settings": {"script": script}}
    operator.put(f"{path}/provider-accounts/sandbox", account).expect(200)
    operator.put(f"{path}/strategies/spring-offer", STRATEGY).expect(200)
    operator.put(f"{path}/templates/spring-tea", TEMPLATE).expect(200)
    for user_id in READERS:
        body = {"strategy_id": "spring-offer", "user_id": user_id, "content": CONTENT}
        started = operator.post(f"{path}/pushes", body).expect(202)
        acme.pushes[user_id] = str(started.json["push_id"])
    acme.here.settle()
    seen = operator.get(f"{path}/sandbox/messages?user_id=u-mei").expect(200).json
    link = str(seen["messages"][0]["unsubscribe_url"])
    acme.unsubscribe = link[link.index("/u/") :]
