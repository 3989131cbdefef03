"""Step 9: a campaign: a member's poster, who signs up through it, and the reward (B1 to B7)."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import zxingcpp
from PIL import Image

from infra.demo import crowd, rewarding
from infra.demo.opening import CURRENCY, REFERRER

if TYPE_CHECKING:
    from infra.demo.client import Client
    from infra.demo.opening import Organization
    from infra.demo.story import Story

CAMPAIGN = "spring-fair"
DESK = "fair-desk"  # the channel of the campaign's salesperson
PRICE_MINOR = 2_000
CUSTOMERS = 3
TOOK_PART = 2  # of these
LIMIT_SECONDS = 150.0  # members are invited by a round that begins each minute


def publish(story: Story, organization: Organization) -> None:
    """Look at the poster of a draft, then publish: its members are invited while others go on."""
    operator, path = organization.operator, organization.path
    channel = {"channel": "sms", "wait_seconds": 1, "success": "delivered"}
    strategy = {"purpose": "service", "channels": [channel]}
    operator.put(f"{path}/strategies/campaign-published", strategy).expect(200)
    desk = {
        "kind": "contact",
        "name": "林晓",
        "provider_ref": DESK,
        "cap": 20,
        "owner_id": REFERRER,
    }
    operator.put(f"{path}/channels/{DESK}", desk).expect(200)
    operator.put(f"{path}/campaigns/{CAMPAIGN}", _campaign("draft")).expect(200)
    material = f"{path}/campaigns/{CAMPAIGN}/material/poster?size=small"
    sample = _scanned(operator, f"{material}&sample=true")
    story.expect(
        bool(sample) and "://" not in sample,
        f"the code on a draft's poster reads {sample!r}",
        f"a campaign is drafted; the code on its sample poster says: {sample}",
    )
    operator.put(f"{path}/campaigns/{CAMPAIGN}", _campaign("published")).expect(200)
    story.say("it is published; its members are invited within a minute, meanwhile:")


def run(story: Story, organization: Organization) -> None:
    """Show the member's link, let customers sign up, tell who took part, show the reward."""
    story.step("A campaign: a member's poster, three who sign up, two who take part")
    own = story.wait_for(f"{REFERRER} to be invited", lambda: _own(organization), LIMIT_SECONDS)
    told = story.wait_for(f"{REFERRER} to be told", lambda: _told(organization), LIMIT_SECONDS)
    story.say(f"{REFERRER} was told: {told}; her page is {own['page']}")
    path = f"{organization.path}/campaigns/{CAMPAIGN}"
    story.expect(
        _scanned(organization.referrer, f"{path}/material/poster?size=small") == own["link"],
        f"her poster does not lead to {own['link']}",
        "her poster, read by zxing, leads to her own signup page",
    )
    before = rewarding.read(organization, REFERRER).balance_minor
    customers = [_sign_up(organization, own["link"], number) for number in range(CUSTOMERS)]
    for customer_id in customers[:TOOK_PART]:
        feedback = f"{path}/signups/{customer_id}/feedback"
        organization.referrer.put(feedback, {"outcome": "took-part"}).expect(200)
    earned = rewarding.read(organization, REFERRER).balance_minor - before
    shown = organization.referrer.get(f"{path}/performance/{REFERRER}").expect(200).json
    figures = {name: shown["figures"][name] for name in ("signups", "participations")}
    rows = [(name, number, shown["targets"][name]) for name, number in figures.items()]
    story.table(("what", "how many", "of"), rows)
    story.expect(
        earned == TOOK_PART * PRICE_MINOR == shown["figures"]["rewards_minor"]
        and figures == {"signups": CUSTOMERS, "participations": TOOK_PART},
        f"{REFERRER} earned {earned}, and her figures are {shown['figures']}",
        f"{CUSTOMERS} signed up, {TOOK_PART} took part: {REFERRER} has {earned} more",
    )


def _campaign(status: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "title": "春茶品鉴会",
        "introduction": "请把海报发给爱喝茶的朋友。",
        "starts_at": (now - timedelta(hours=1)).isoformat(),
        "ends_at": (now + timedelta(days=30)).isoformat(),
        "material": ["poster", "card", "text"],
        "landing": {"headline": "来店品新茶", "text": "到店即赠茶点一份。"},
        "form": [{"name": "name", "label": "姓名", "required": True}],
        "targets": {"views": 50, "signups": 10, "participations": 5},
        "salespeople": [REFERRER],
        "audience": {"member_ids": [REFERRER]},
        "reward": {"amount_minor": PRICE_MINOR, "currency": CURRENCY, "budget_minor": 1_000_000},
        "accent": "#2f6b3c",
        "status": status,
    }


def _own(organization: Organization) -> dict[str, Any] | None:
    path = f"{organization.path}/members/{REFERRER}/campaigns"
    items = organization.referrer.get(path).expect(200).json["items"]
    return next((each for each in items if each["campaign_id"] == CAMPAIGN), None)


def _told(organization: Organization) -> str | None:
    path = f"{organization.path}/sandbox/messages?user_id={REFERRER}"
    messages = organization.operator.get(path).expect(200).json["messages"]
    return str(messages[0]["title"]) if messages else None


def _sign_up(organization: Organization, link: str, number: int) -> str:
    """Scan a member's code and sign up; return the customer's id."""
    code = link.rpartition("/")[2]
    token = crowd.scan(organization.anyone, code)
    body = {"visitor_token": token, "answers": {"name": f"顾客{number + 1}"}, "consent": True}
    made = organization.anyone.post(f"/s/{code}/signup", body).expect(201).json
    return str(made["contact"]["assignment_id"]).partition(".")[0]


def _scanned(who: Client, path: str) -> str:
    """Fetch an image and return what an independent reader sees in it."""
    answer = who.send("GET", path, headers={"Accept": "image/png,*/*"}).expect(200)
    opened = Image.open(io.BytesIO(answer.body)).convert("L")
    return " ".join(found.text for found in zxingcpp.read_barcodes(opened))
