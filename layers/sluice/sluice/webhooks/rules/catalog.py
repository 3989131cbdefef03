"""Every event that a webhook can be told, and what of it: what a type does not list stays inside.

An organisation's own ids, states, amounts and times. No name, address, phone number, message or
answer of a person; no key of a person; nothing a provider said. Whoever has such an id and the
right to it reads the rest by the API.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from sluice.webhooks.rules import examples, facts
from sluice.webhooks.rules.facts import Facts

TEST = "webhook.test.v1"
ALL = "*"


@dataclass(frozen=True)
class Told:
    """An event of the catalogue."""

    kind: type[Facts]
    type: str
    purpose: str


def _family(name: str, kind: type[Facts], **purposes: str) -> list[Told]:
    return [Told(kind, f"{name}.{what}.v1", purpose) for what, purpose in purposes.items()]


_EVENTS = [
    *_family(
        "assignment",
        facts.AssignmentFacts,
        reserved="A seat in a channel is kept for a customer, for a while.",
        connected="The customer is connected with the channel, as its provider said.",
        lost="The customer or the channel's owner ended the connection.",
        released="The seat was given back: it expired, or its customer gave it up.",
    ),
    *_family(
        "bonus_task",
        facts.BonusTaskFacts,
        offered="A promoter may accept a bonus task.",
        accepted="The promoter accepted it: it counts from now on.",
        completed="Its quota is reached.",
        uncompleted="A refund took it below its quota again.",
        rewarded="It was rewarded.",
        missed="Its deadline passed below its quota.",
    ),
    *_family("campaign", facts.CampaignFacts, changed="A campaign has another version or status."),
    *_family("channel", facts.ChannelFacts, changed="A channel was added, changed or removed."),
    *_family(
        "export",
        facts.ExportFacts,
        done="An export is written: its files can be fetched.",
        failed="An export stopped; why stands in it.",
        cancelled="An export was cancelled.",
    ),
    *_family("member", facts.MemberFacts, changed="A member was added or changed."),
    *_family("offer", facts.OfferFacts, changed="A merchant's offer has another version."),
    *_family(
        "participation", facts.ParticipationFacts, recorded="Somebody took part in a promotion."
    ),
    *_family(
        "payment", facts.PaymentFacts, settled="A payment was split.", refunded="In part or whole."
    ),
    *_family(
        "payout",
        facts.PayoutFacts,
        ready="A batch of payouts may be given to the bank.",
        cancelled="A batch of payouts was cancelled.",
    ),
    *_family(
        "payout",
        facts.PayoutRowFacts,
        paid="A row of a batch was paid.",
        failed="A row of a batch was not paid; its rewards wait for the next one.",
    ),
    *_family(
        "people_import",
        facts.ImportFacts,
        done="A list of people was stored.",
        failed="The import stopped; it can be set going again.",
        cancelled="The import was cancelled.",
    ),
    *_family("promoter", facts.VisitFacts, visited="Somebody opened a promoter's link."),
    *_family("provider", facts.ProviderFacts, changed="A provider account was added or changed."),
    *_family(
        "provider", facts.ProblemFacts, abnormal="A provider says that an account is not usable."
    ),
    *_family(
        "push",
        facts.PushFacts,
        reached="A push arrived: nothing more is sent.",
        recredited="An earlier message of a reached push arrived after all.",
        unreached="No channel reached the user.",
        withheld="Nothing was sent: courtesy, time or a hold-out group forbade it.",
        cancelled="The push was cancelled.",
    ),
    *_family(
        "recipient",
        facts.RecipientFacts,
        unsubscribed="A user left a purpose on all channels.",
        erased="A user's addresses and consents were erased.",
    ),
    *_family(
        "reward",
        facts.RewardFacts,
        granted="A reward was granted.",
        cleared="A reward is its owner's own: it may be paid out.",
        reduced="A part of a reward was taken back.",
        reversed="A reward was taken back whole.",
    ),
    *_family(
        "run",
        facts.RunFacts,
        finished="Everybody of a run was sent to, or could not be.",
        cancelled="A run was cancelled.",
        stuck="A run cannot go on by itself.",
    ),
    *_family(
        "signup",
        facts.SignupFacts,
        made="A customer signed up with a campaign.",
        judged="A salesperson said whether the customer took part.",
    ),
    *_family("task", facts.ShareFacts, shared="A promoter shared an offer to a channel."),
    *_family(
        "webhook",
        facts.WebhookFacts,
        disabled="A webhook is called no more: 410, or three days of failures.",
        test="An operator tries whether a webhook is heard.",
    ),
]
CATALOG: Mapping[str, Told] = {told.type: told for told in sorted(_EVENTS, key=lambda t: t.type)}

# What travels on the same bus and is no news for others: orders to our own functions, and what
# names people or what a provider said of them.
INTERNAL: Mapping[str, str] = {
    "activity.recorded.v1": "keys of people",
    "content.added.v1": "an order: to chain it",
    "export.requested.v1": "an order: to write files",
    "notice.wanted.v1": "an order with words for a person: to push it",
    "payout.requested.v1": "an order: to claim rewards",
    "people_import.requested.v1": "an order: to read a list",
    "person.erased.v1": "keys of a person who is to be forgotten",
    "provider.told.v1": "what a provider said of a customer",
    "push.requested.v1": "an order: to start its chain",
    "run.requested.v1": "an order: to start it",
    "sync.wanted.v1": "an order: to read a provider's channels",
    "waiting.wanted.v1": "an order: to serve the line",
}


def told_of(event_type: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of an event's data may leave. Raises ValidationError: it is not as declared."""
    known: Facts = msgspec.convert(data, CATALOG[event_type].kind, strict=False)
    told: dict[str, Any] = msgspec.to_builtins(known)
    return told


def is_wanted(event_type: str, wanted: Iterable[str]) -> bool:
    """Tell whether a type is one of those wanted: exact, `prefix.*`, or `*` for all.

    A test is only sent to whom it is for.
    """
    if event_type == TEST:
        return False
    return any(
        each in {ALL, event_type} or (each.endswith(".*") and event_type.startswith(each[:-1]))
        for each in wanted
    )


def unknown(wanted: Iterable[str]) -> list[str]:
    """Return what is wanted and can never come."""
    return sorted(
        each for each in set(wanted) if not any(is_wanted(known, [each]) for known in CATALOG)
    )


def example_of(event_type: str) -> dict[str, Any]:
    """Return an event of a type as a receiver reads it."""
    return {
        "id": "01kjy7g7a0q2m5n8r1t4w7z0a3",
        "type": event_type,
        "timestamp": "2026-03-05T08:00:00Z",
        "organization_id": "acme",
        "version": 1,
        "data": examples.facts_of(CATALOG[event_type].kind),
    }
