"""What people write is text on every page: nothing of it becomes a tag or runs (F5)."""

from datetime import timedelta

import pytest

from sluice.shared import clock
from tests.browser.conftest import Visiting
from tests.support.browsers import DESKTOP, PHONE, Visit
from tests.support.campaign_bodies import CAMPAIGN
from tests.support.client import Organization, found_organization
from tests.support.here import Here
from tests.support.promotions import PROMOTION

HOSTILE = "<b data-hit>\"'<script>window.hit=1</script>{{7*7}}$say"
# All that a page shows, fields too.
SHOWN = """() => document.body.innerText +
  [...document.querySelectorAll("input, textarea")].map(each => each.value).join()"""
DESK = (
    "channels",
    "channels/zhou",
    "channels/zhou/change",
    "overview",
    "codes",
    "members",
    "members/lin",
)
DAY = timedelta(days=1)
INVITER = [{"kind": "user", "value": "u-1"}]


@pytest.fixture(scope="module")
def hostile(suite: Here) -> Organization:
    """An organisation whose every text is an attack."""
    organization = found_organization(suite, name=HOSTILE)
    operator, path = organization.operator, organization.path
    for member_id in ("lin", "zhou"):
        body = {"name": HOSTILE, "roles": ["member"], "tags": ["tag"]}
        operator.put(f"{path}/members/{member_id}", body).expect(200)
    organization.put_channel("zhou", owner_id="zhou", name=HOSTILE, provider_ref=HOSTILE)
    return organization


def campaign_of(organization: Organization) -> tuple[str, str]:
    """Publish a campaign; return Lin's code and the personal link's token."""
    operator, path = organization.operator, organization.path
    now = clock.now()
    texts = {
        "title": HOSTILE,
        "introduction": HOSTILE,
        "landing": {"headline": HOSTILE, "text": HOSTILE, "button": HOSTILE[:20]},
        "form": [
            {"name": "name", "label": HOSTILE},
            {"name": "day", "label": HOSTILE, "type": "choice", "choices": [HOSTILE, "Sun"]},
        ],
        "text_template": HOSTILE + "{link}",
        "starts_at": (now - DAY).isoformat(),
        "ends_at": (now + DAY).isoformat(),
    }
    operator.put(f"{path}/campaigns/spring", CAMPAIGN | texts).expect(200)
    organization.deployment.run("TendCampaigns")
    organization.put_member("lin", login=True)
    operator.put(f"{path}/members/lin", {"name": HOSTILE, "roles": ["member"]}).expect(200)
    found = organization.members["lin"].get(f"{path}/members/lin/campaigns/spring").expect(200)
    link, page = str(found.json["link"]), str(found.json["page"])
    return link.rpartition("/")[2], page.rpartition("/")[2]


def invitation_of(organization: Organization) -> str:
    """Invite somebody; return the page's path."""
    operator, path = organization.operator, organization.path
    texts = {"name": HOSTILE, "introduction": HOSTILE, "segment_id": None, "message": None}
    operator.put(f"{path}/promotions/spring", PROMOTION | texts).expect(200)
    person = {"identities": INVITER, "joins": [{"list": "existing_customers"}]}
    operator.put(f"{path}/people", person).expect(200)
    invitee = [{"kind": "phone", "value": "+8613900000009"}]
    data = {"promotion_id": "spring", "inviter": INVITER, "invitee": invitee}
    answer = organization.post_event("invitations", "promotion.invite.v1", data).expect(200)
    link = str(answer.json["invitations"][0]["link"])
    return link[link.index("/i/") :]


def assert_harmless(visit: Visit, path: str) -> None:
    """Assert that a page shows what was written, letter by letter, and nothing came of it."""
    assert HOSTILE in visit.page.evaluate(SHOWN), path
    assert visit.page.locator("[data-hit]").count() == 0, path
    assert visit.page.evaluate("window.hit === undefined"), path
    visit.assert_quiet()


def test_what_people_write_stays_text(hostile: Organization, visit: Visiting) -> None:
    code, token = campaign_of(hostile)
    plain = hostile.issue("lin", owners=["zhou"])
    customer = visit(PHONE)
    for path in (
        f"/s/{plain}",
        f"/s/{code}/signup",
        f"/c/{token}",
        f"/c/{token}/performance",
        invitation_of(hostile),
    ):
        customer.open(path)
        for button in customer.page.locator("main form button").all()[:1]:
            button.click()
        customer.page.wait_for_load_state()
        assert_harmless(customer, path)


def test_the_console_shows_it_as_text(hostile: Organization, visit: Visiting) -> None:
    email = f"operator@{hostile.id}.example"
    password = hostile.deployment.staff.set_password(email)
    boss = visit(DESKTOP)
    boss.open("/console/channels")
    boss.sign_in(email, password)
    for path in DESK:
        boss.open(f"/console/{path}")
        assert_harmless(boss, path)
