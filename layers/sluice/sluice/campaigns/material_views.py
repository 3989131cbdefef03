"""Material as callers ask for it and are told of it (B3)."""

from typing import Literal

from sluice.campaigns.material import card
from sluice.campaigns.rules import texts, wording
from sluice.campaigns.rules.shapes import Layout
from sluice.campaigns.store import making
from sluice.shared import http
from sluice.shared.fields import Name

_WIDTHS_PIXELS = {"small": 540, "phone": 1_080, "print": 2_480}


class MaterialWanted(http.Body):
    """Whose, and how a poster should be."""

    member_id: Name | None = None  # of an operator's call; a member has their own
    layout: Layout | None = None  # instead of the campaign's
    format: Literal["svg", "png"] = "png"
    size: Literal["small", "phone", "print"] = "phone"  # of a PNG: 540, 1,080, 2,480 pixels wide
    logo: bool = False  # the organisation's, in the middle of the code
    sample: bool = False  # nobody's, of a draft too: for operators to look at


class MaterialView(http.View):
    """A text, or a link card as long as every messaging app takes it."""

    url: str
    text: str | None = None
    title: str | None = None  # at most 128 bytes
    description: str | None = None  # at most 512 bytes
    image_url: str | None = None


def look_of(wanted: MaterialWanted) -> making.Look:
    """Return how a poster should be."""
    return making.Look(wanted.format, wanted.layout, _WIDTHS_PIXELS[wanted.size], wanted.logo)


def text_view(subject: making.Subject) -> MaterialView:
    """Return the text that a member sends along."""
    given, locale = subject.campaign.definition, subject.organization.locale
    starts, ends = (wording.moment(each, locale) for each in subject.times)
    facts = texts.Facts(subject.member, given.title, subject.url, starts, ends)
    text = texts.text(given.text_template or texts.DEFAULT, facts)
    return MaterialView(url=subject.url, text=text)


def card_view(subject: making.Subject) -> MaterialView:
    """Return a member's link card as a view."""
    made = card_of(subject)
    return MaterialView(
        url=made.url, title=made.title, description=made.description, image_url=made.image_url
    )


def card_of(subject: making.Subject) -> card.Card:
    """Return a member's link card; its image's address changes with what the image shows."""
    given, version = subject.campaign.definition, making.card_image_of(subject).name[:12]
    image_url = f"{subject.url}/card?version={version}"
    return card.of_campaign(given, subject.dates, subject.url, image_url)
