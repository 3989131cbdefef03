"""What a campaign is, which of its changes are allowed, and whom it is for (B1)."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from sluice.campaigns.rules import texts
from sluice.codes.rules.choice import Rule
from sluice.shared.fields import AmountMinor, Currency, Name

CAMPAIGN_ID = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$(?!\n)"
MAX_LENGTH = timedelta(days=366)
YEARS = range(2000, 2200)
MAX_MEMBERS = 2_000  # of one campaign
MAX_SALESPEOPLE = 25
MAX_FIELDS = 12

Status = Literal["draft", "published", "ended"]
DRAFT: Status = "draft"
PUBLISHED: Status = "published"
ENDED: Status = "ended"
State = Literal["soon", "running", "ended"]  # of what was published, now
FOLLOWING = {DRAFT: {DRAFT, PUBLISHED}, PUBLISHED: {PUBLISHED, ENDED}, ENDED: {ENDED}}

Kind = Literal["poster", "card", "text"]
Layout = Literal["banner", "full", "plain"]
Accent = Annotated[str, Meta(pattern=r"^#[0-9a-fA-F]{6}$(?!\n)")]
BLUE = "#1f6feb"
Count = Annotated[int, Meta(ge=1, le=1_000_000)]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What all parts of a definition share."""


class Landing(_Part, frozen=True):
    """What the signup page says."""

    headline: Annotated[str, Meta(min_length=1, max_length=80)]
    text: Annotated[str, Meta(max_length=2000)] = ""
    button: Annotated[str, Meta(min_length=1, max_length=30)] | None = None


class Field(_Part, frozen=True):
    """A question of the form."""

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,31}$(?!\n)")]
    label: Annotated[str, Meta(min_length=1, max_length=60)]
    type: Literal["text", "phone", "email", "number", "choice", "date"] = "text"
    required: bool = False
    choices: (
        Annotated[
            tuple[Annotated[str, Meta(min_length=1, max_length=60)], ...],
            Meta(min_length=2, max_length=20),
        ]
        | None
    ) = None
    max_length: Annotated[int, Meta(ge=1, le=1000)] | None = None


class Targets(_Part, frozen=True):
    """What each member is to reach."""

    views: Count | None = None
    signups: Count | None = None
    participations: Count | None = None


class Audience(_Part, frozen=True):
    """Who takes part: every active member, or those named."""

    everyone: bool = False
    member_ids: Annotated[tuple[Name, ...], Meta(max_length=500)] = ()


class Reward(_Part, frozen=True):
    """What a member gets for each participation; the budget is of the whole campaign."""

    amount_minor: AmountMinor
    currency: Currency
    hold_days: Annotated[int, Meta(ge=0, le=366)] = 0
    budget_minor: AmountMinor | None = None


class Poster(_Part, frozen=True):
    """How posters look."""

    layout: Layout = "banner"
    call_to_action: Annotated[str, Meta(max_length=40)] = ""


class Notify(_Part, frozen=True):
    """How members are told: of views at most so often, and of yesterday at a local hour."""

    views_minutes: Annotated[int, Meta(ge=15, le=1440)] = 60
    daily_summary: bool = True
    at: Annotated[int, Meta(ge=0, le=23)] = 9


class Definition(_Part, frozen=True, kw_only=True):
    """A campaign as an operator writes it.

    Times without an offset are the organisation's local ones; stored they always have one.
    """

    title: Annotated[str, Meta(min_length=1, max_length=80)]
    introduction: Annotated[str, Meta(max_length=2000)] = ""
    starts_at: datetime
    ends_at: datetime
    material: Annotated[tuple[Kind, ...], Meta(min_length=1, max_length=3)]
    landing: Landing
    form: Annotated[tuple[Field, ...], Meta(max_length=MAX_FIELDS)] = ()
    targets: Targets = Targets()
    salespeople: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=MAX_SALESPEOPLE)]
    audience: Audience
    reward: Reward | None = None
    accent: Accent = BLUE
    poster: Poster = Poster()
    text_template: Annotated[str, Meta(max_length=500)] = ""
    notify: Notify = Notify()
    status: Status = DRAFT


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign in a version of its definition; versions count from 1."""

    organization_id: str
    campaign_id: str
    version: int
    definition: Definition
    currency: str | None = None  # of every reward, from the first published one on
    base_url: str = ""  # what links in notices begin with


def localized(given: Definition, zone: tzinfo) -> Definition:
    """Return a definition whose times are those of a zone's clocks, and know it."""
    times = {
        name: moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
        for name, moment in (("starts_at", given.starts_at), ("ends_at", given.ends_at))
    }
    return msgspec.structs.replace(given, **times)


def absurd_times(given: Definition) -> list[tuple[str, str]]:
    """Return which times cannot be, as (field, reason): calendars end, and sums with them."""
    times = (("starts_at", given.starts_at), ("ends_at", given.ends_at))
    return [(name, "out of range") for name, moment in times if moment.year not in YEARS]


def faults(given: Definition) -> list[tuple[str, str]]:
    """Return what is wrong with a definition, as (field, reason)."""
    found = []
    if not given.starts_at < given.ends_at <= given.starts_at + MAX_LENGTH:
        found.append(("ends_at", "after starts_at, at most 366 days"))
    if given.audience.everyone == bool(given.audience.member_ids):
        found.append(("audience", "everyone or members by name, one of them"))
    names: Mapping[str, Collection[str]] = {
        "material": given.material,
        "salespeople": given.salespeople,
        "audience.member_ids": given.audience.member_ids,
        "form": [field.name for field in given.form],
    }
    found += [(name, "the same twice") for name, each in names.items() if _repeats(each)]
    for field in given.form:
        found += [("form", f"{field.name}: {reason}") for reason in _faults_of(field)]
    if wrong := texts.wrong_with(given.text_template):
        found.append(("text_template", wrong))
    reward = given.reward
    if reward is not None and (reward.budget_minor or reward.amount_minor) < reward.amount_minor:
        found.append(("reward", "the budget is less than one reward"))
    return found


def _faults_of(field: Field) -> list[str]:
    found = []
    if (field.type == "choice") != (field.choices is not None):
        found.append("choices are of a choice, and of nothing else")
    elif field.choices is not None and _repeats(field.choices):
        found.append("the same choice twice")
    if field.max_length is not None and field.type != "text":
        found.append("max_length is of a text")
    return found


def _repeats(names: Collection[str]) -> bool:
    return any(count > 1 for count in Counter(names).values())


def may_follow(before: Campaign | None, after: Definition) -> bool:
    """Tell whether a change is one that a campaign may have.

    Once a reward was published its currency stays: what members were given is one sum. What has
    ended never changes.
    """
    if before is None:
        return after.status != ENDED
    if before.definition.status == ENDED:
        return after == before.definition
    changes_currency = (
        before.currency is not None
        and after.reward is not None
        and after.reward.currency != before.currency
    )
    return not changes_currency and after.status in FOLLOWING[before.definition.status]


def currency_of(before: Campaign | None, after: Definition) -> str | None:
    """Return the currency that is a campaign's for good, after a change."""
    if before is not None and before.currency is not None:
        return before.currency
    is_fixed = after.status != DRAFT and after.reward is not None
    return after.reward.currency if is_fixed and after.reward is not None else None


def state_at(status: str, starts_at: datetime, ends_at: datetime, moment: datetime) -> State:
    """Tell whether what was published is to come, runs, or has ended."""
    if status == ENDED or moment >= ends_at:
        return "ended"
    return "soon" if moment < starts_at else "running"


def rule_of(given: Definition) -> Rule:
    """Return by which rule the codes of members choose: a salesperson of the campaign's (B4)."""
    return Rule(kind="contact", owners=given.salespeople, own_first=False)
