"""Every text of a customer's page is escaped, whatever field it comes from (F5)."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import msgspec
import pytest

from sluice.campaigns.pages import signup
from sluice.campaigns.rules.campaigns import Campaign, Definition
from sluice.codes.pages import landing
from sluice.codes.views.contacts import ContactView
from sluice.invitations.pages import invitation
from sluice.invitations.rules.promotions import Amount, Promotion
from sluice.promoters.pages import coupon
from sluice.promoters.rules.offers import Offer, Product
from sluice.promoters.store.coupons import Coupon
from sluice.push.pages import unsubscribe
from sluice.shared.pages import Page
from tests.support.campaign_bodies import CAMPAIGN

NOW = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
EVIL = "\"'><b onclick=x></style></script>$nonce{0}"
LINK = 'https://x.example/?"><b onclick=alert(1)>'
CONTACT = ContactView(
    assignment_id="s-1", status="reserved", name=EVIL, reference=EVIL, url=LINK, expires_at=NOW
)


class Read(HTMLParser):
    """Which elements a page has, with their attributes, and its text."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(page.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        self.links += [value or "" for name, value in attrs if name in {"href", "action", "src"}]

    def handle_data(self, data: str) -> None:
        self.text += data


def landings() -> Iterator[Page]:
    for stage in ("asks", "reserved", "waiting"):
        shown = landing.Shown(EVIL, "CODE", stage, ZONE, EVIL, EVIL, CONTACT, privacy_url=LINK)
        yield landing.render(shown, "en", NOW)


def signups() -> Iterator[Page]:
    texts = {"headline": EVIL, "text": EVIL, "button": EVIL[:30]}
    choice = {"type": "choice", "choices": [EVIL, "Sun"]}
    form = [
        {"name": "name", "label": EVIL, "required": True},
        {"name": "long", "label": EVIL, "max_length": 900},
        {"name": "day", "label": EVIL} | choice,
    ]
    given = CAMPAIGN | {"title": EVIL, "landing": texts, "form": form}
    definition = msgspec.convert(given, Definition)
    campaign = Campaign(
        organization_id="acme", campaign_id="spring", version=1, definition=definition
    )
    for stage in ("asks", "done"):
        shown = signup.Shown(
            campaign=campaign,
            organization_name=EVIL,
            zone=ZONE,
            stage=stage,
            join_url="join",
            token=EVIL,
            contact=CONTACT,
            said=dict.fromkeys(("name", "long", "day"), EVIL),
            wrong=dict.fromkeys(("name", "long", "day", "consent", EVIL), EVIL),
            privacy_url=LINK,
        )
        yield signup.render(shown, "zh-CN", NOW)


def coupons() -> Iterator[Page]:
    product = Product(EVIL, EVIL, "food", 100, EVIL, LINK)
    times = (NOW - timedelta(days=1), NOW + timedelta(days=1))
    offer = Offer("apples", "orchard", product, "CNY", (), *times, "offer-apples")
    given = Coupon("7KQ4MZP2XWBD", "apples", "ann", 500, "CNY", NOW)
    for state in ("usable", "used"):
        shown = coupon.Shown(given, offer, EVIL, ZONE, state, LINK)
        yield coupon.render(shown, "en", NOW)


def others() -> Iterator[Page]:
    reward = Amount(500, "CNY")
    promotion = Promotion("spring", EVIL, EVIL, LINK, "spring", reward, reward, NOW, NOW)
    for stage in ("asks", "agreed"):
        yield invitation.render(promotion, EVIL, "en", stage, may_leave=True)
    yield unsubscribe.render(EVIL, EVIL, "en", {"en": EVIL}, done=False)


@pytest.mark.parametrize("pages", [landings, signups, coupons, others])
def test_markup_in_any_field_is_text(pages: Callable[[], Iterator[Page]]) -> None:
    for page in pages():
        read = Read(page)
        assert "b" not in read.tags
        assert "onclick" not in read.attributes
        assert read.tags.count("style") == 1
        assert "$nonce" in read.text
        others = {link for link in read.links if ":" in link} - {LINK}
        assert all(link.startswith("data:image/png;base64,") for link in others)
        assert len(page.html.encode()) < 20_000


def test_a_link_that_is_no_web_address_is_no_button() -> None:
    contact = msgspec.structs.replace(CONTACT, url="javascript:alert(1)")
    shown = landing.Shown("Acme", "CODE", "reserved", ZONE, contact=contact)
    page = landing.render(shown, "en", NOW)
    assert not [link for link in Read(page).links if link.startswith("javascript")]
