"""What stands in the menu, for whom. Titles are English; templates translate them."""

from collections.abc import Iterable
from typing import NamedTuple

from sluice.console.pages import MEMBERS, MERCHANTS, OPERATORS, PROMOTERS


class Entry(NamedTuple):
    """A line of the menu."""

    path: str  # below /console
    title: str
    roles: frozenset[str]


class Section(NamedTuple):
    """Lines under a heading, for a visitor; `current` is the path of the one that is open."""

    title: str
    entries: list[Entry]
    current: str


MENU: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "Sluice",
        (
            Entry("overview", "Overview", OPERATORS),
            Entry("channels", "Channels", OPERATORS),
            Entry("codes", "Codes", OPERATORS),
            Entry("assignments", "Assignments", OPERATORS),
            Entry("waiting", "Waiting list", OPERATORS),
            Entry("members", "Members", OPERATORS),
            Entry("provider-accounts", "Provider accounts", OPERATORS),
            Entry("settings", "Settings", OPERATORS),
        ),
    ),
    (
        "Push",
        (
            Entry("strategies", "Strategies", OPERATORS),
            Entry("templates", "Templates", OPERATORS),
            Entry("pushes", "Pushes", OPERATORS),
            Entry("runs", "Runs to many", OPERATORS),
        ),
    ),
    (
        "Growth",
        (
            Entry("campaigns", "Campaigns", OPERATORS),
            Entry("promotions", "Promotions", OPERATORS),
            Entry("segments", "Segments", OPERATORS),
            Entry("offers", "Offers", OPERATORS),
            Entry("bonus-rules", "Bonus rules", OPERATORS),
            Entry("programmes", "Programmes", OPERATORS),
            Entry("ledger", "Ledger", OPERATORS),
            Entry("review", "Review queue", OPERATORS),
            Entry("audit", "Audit log", OPERATORS),
        ),
    ),
    (
        "Data",
        (
            Entry("webhooks", "Webhooks", OPERATORS),
            Entry("exports", "Exports", OPERATORS),
        ),
    ),
    (
        "My work",
        (
            Entry("my-campaigns", "My campaigns", MEMBERS),
            Entry("my-signups", "My signups", MEMBERS),
            Entry("earnings", "Earnings", MEMBERS),
        ),
    ),
    (
        "Promoting",
        (
            Entry("tasks", "Tasks", PROMOTERS),
            Entry("bonus-tasks", "Bonus tasks", PROMOTERS),
            Entry("earnings", "Earnings", PROMOTERS),
        ),
    ),
    (
        "Selling",
        (
            Entry("offers", "Offers", MERCHANTS),
            Entry("hints", "Hints", MERCHANTS),
            Entry("income", "Income", MERCHANTS),
            Entry("earnings", "Earnings", MERCHANTS),
        ),
    ),
)


def sections(roles: Iterable[str], here: str) -> list[Section]:
    """Return the menu of somebody with these roles; a page stands in it once."""
    held, area = frozenset(roles), here.split("/", 1)[0]
    shown: list[Section] = []
    for title, entries in MENU:
        known = {entry.path for section in shown for entry in section.entries}
        own = [entry for entry in entries if entry.roles & held and entry.path not in known]
        if own:
            shown.append(Section(title, own, area))
    return shown


def home(roles: Iterable[str]) -> str:
    """Return the first page of somebody with these roles, empty where they have none."""
    shown = sections(roles, "")
    return shown[0].entries[0].path if shown else ""
