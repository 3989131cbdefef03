"""The pages that are shown in docs/pages.md and weighed for the bench: a line each.

A new page is added to PAGES: who sees it, where it is, and what they click before the picture.
"""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import expect

from tests.support.acme import Acme
from tests.support.browsers import DESKTOP, PHONE, Visit

type Path = Callable[[Acme], str]
type Act = Callable[[Visit], None]


def _nothing(_: Visit) -> None:
    """Take the page as it comes."""


@dataclass(frozen=True)
class Shown:
    """A page, and the picture of it."""

    name: str  # of the picture's file
    title: str
    path: Path
    act: Act = _nothing
    language: str = "en"
    size: tuple[int, int] = PHONE
    who: str = ""  # signed in: `operator` or a member of Acme's; nobody


def _join(visit: Visit) -> None:
    visit.page.get_by_role("button", name="Join").click()
    expect(visit.page.get_by_role("status")).to_contain_text("You have a place")


def _fill(visit: Visit) -> None:
    visit.page.get_by_label("Name").fill("王梅")
    visit.page.get_by_label("Phone").fill("+86 138 0000 0011")


def _sign_up(visit: Visit) -> None:
    _fill(visit)
    visit.page.get_by_role("checkbox").check()
    visit.page.get_by_role("button", name="报名").click()
    expect(visit.page.get_by_role("status")).to_be_visible()


def _landing(acme: Acme) -> str:
    return f"/s/{acme.code}"


def _signup(acme: Acme) -> str:
    return f"/s/{acme.campaign_code}/signup"


def _personal(acme: Acme) -> str:
    return f"/c/{acme.campaign_token}"


def _performance(acme: Acme) -> str:
    return f"/c/{acme.campaign_token}/performance"


def _zhou(_: Acme) -> str:
    return "/console/channels/zhou"


def _code(acme: Acme) -> str:
    return f"/console/codes/{acme.code}"


def _assignments(_: Acme) -> str:
    return "/console/assignments?channel_id=zhou"


def _console(page: str, title: str, who: str, act: Act = _nothing) -> Shown:
    """Return a page of the console, seen at a desk."""
    return Shown(
        page.replace("/", "-"), title, lambda _: f"/console/{page}", act, "en", DESKTOP, who
    )


def _push(acme: Acme) -> str:
    return f"/console/pushes/{acme.pushes['u-hao']}"


def _export(acme: Acme) -> str:
    return f"/console/exports/{acme.export_id}"


PAGES = (
    Shown("landing", "A scan's landing page", _landing),
    Shown("landing-zh", "The same in Chinese", _landing, language="zh"),
    Shown("channel", "The channel that a customer got", _landing, _join),
    Shown("signup", "Signing up for a campaign", _signup, _fill),
    Shown("signup-done", "Signed up: the salesperson", _signup, _sign_up, "zh"),
    Shown("coupon", "A coupon, for the till or the shop", lambda acme: f"/t/{acme.task_code}"),
    Shown("invitation", "An invitation", lambda acme: acme.invitation),
    Shown("invitation-zh", "The same in Chinese", lambda acme: acme.invitation, language="zh"),
    Shown("unsubscribe", "The end of messages", lambda acme: acme.unsubscribe),
    Shown("gone", "A code that is no more", lambda _: "/s/2222222222AB"),
    Shown("member", "A member's page of a campaign", _personal),
    Shown("member-zh", "The same in Chinese", _personal, language="zh"),
    Shown("performance", "A member's performance", _performance),
    Shown("sign-in", "Signing in to the console", lambda _: "/console/sign-in"),
    _console("overview", "Overview", "operator"),
    _console("channels", "Channels and their load", "operator"),
    Shown("channel-load", "A channel", _zhou, size=DESKTOP, who="operator"),
    _console("codes", "Codes and what came of them", "operator"),
    Shown("code", "A code: image, rule, funnel", _code, size=DESKTOP, who="operator"),
    Shown("code-zh", "The same on a phone, in Chinese", _code, language="zh", who="operator"),
    Shown("assignments", "Why this channel", _assignments, size=DESKTOP, who="operator"),
    _console("members", "Members", "operator"),
    _console("provider-accounts", "Provider accounts", "operator"),
    _console("provider-accounts/sandbox/edit", "One of them, to change", "operator"),
    _console("settings", "The organisation: name, clock, rewards", "operator"),
    _console("strategies/spring-offer", "A strategy: chain, reach and cost", "operator"),
    _console("templates/spring-tea", "A template in each language", "operator"),
    _console("templates/spring-tea/edit", "The same, to change", "operator"),
    Shown("push", "What became of a message", _push, size=DESKTOP, who="operator"),
    _console("campaigns/spring", "A campaign: figures, ranks, poster", "operator"),
    _console("campaigns/spring/signups", "Its signups with feedback", "operator"),
    _console("promotions/spring", "A promotion: rewards, terms, participations", "operator"),
    _console("bonus-rules", "What bonus tasks ask and give", "operator"),
    _console("segments/south", "Whom promotions are for", "operator"),
    _console("programmes/gifts", "A programme: budget, caps, checks", "operator"),
    _console("programmes/gifts/edit", "The same, to change", "operator"),
    _console("ledger", "Ledger: accounts, programmes, payouts", "operator"),
    _console("ledger/accounts/lin", "A member's account", "operator"),
    _console("review", "A reward that a check held", "operator"),
    _console("audit", "Who changed what", "operator"),
    _console("webhooks/crm", "A webhook and what it was told", "operator"),
    Shown("export", "An export and its files", _export, size=DESKTOP, who="operator"),
    _console("my-campaigns", "A member's campaigns", "lin"),
    _console("my-campaigns/spring", "One of them: material, figures, rank", "lin"),
    _console("my-signups", "A salesperson's signups", "zhou"),
    _console("tasks", "A promoter's tasks", "ann"),
    _console("tasks/apples", "One of them: the own link", "ann"),
    _console("bonus-tasks", "A promoter's bonus tasks", "ann"),
    _console("earnings", "A promoter's earnings", "ann"),
    _console("offers", "A merchant's offers", "orchard"),
    _console("offers/apples", "One of them, to change", "orchard"),
    _console("income", "A merchant's income", "orchard"),
)
