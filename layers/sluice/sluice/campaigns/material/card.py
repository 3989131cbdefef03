"""The link card of a campaign (B3): what messaging apps show for a shared link.

Two readers: apps that fetch the page read Open Graph and Twitter tags, and WeCom's link message
has a title of 128 bytes and a description of 512 at most.
"""

from html import escape

import msgspec

from sluice.campaigns.rules.campaigns import Definition
from sluice.campaigns.rules.shapes import CARD_HEIGHT, CARD_WIDTH

TITLE_BYTES, DESCRIPTION_BYTES = 128, 512
_ELLIPSIS = "…"


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A link card, each text as long as every app takes it."""

    title: str
    description: str
    url: str
    image_url: str


def card(*, title: str, description: str, url: str, image_url: str) -> Card:
    """Return the card, its texts cut between characters and spaces made single."""
    return Card(
        title=cut(" ".join(title.split()), TITLE_BYTES),
        description=cut(" ".join(description.split()), DESCRIPTION_BYTES),
        url=url,
        image_url=image_url,
    )


def of_campaign(given: Definition, dates: str, url: str, image_url: str) -> Card:
    """Return a campaign's card: what the page tells apps, and what material shows of it."""
    return card(
        title=given.landing.headline,
        description=given.introduction or dates,
        url=url,
        image_url=image_url,
    )


def cut(text: str, max_bytes: int) -> str:
    """Return as much of a text as fits into bytes of UTF-8, with an ellipsis if some is missing."""
    encoded = text.encode()
    if len(encoded) <= max_bytes:
        return text
    room = max_bytes - len(_ELLIPSIS.encode())
    return encoded[:room].decode(errors="ignore").rstrip() + _ELLIPSIS


def meta_tags(shown: Card, site: str = "") -> str:
    """Return the tags for a page's head, escaped; empty ones are left out."""
    tags = {
        "og:type": "website",
        "og:site_name": site,
        "og:title": shown.title,
        "og:description": shown.description,
        "og:url": shown.url,
        "og:image": shown.image_url,
    }
    if shown.image_url:
        tags |= {"og:image:width": str(CARD_WIDTH), "og:image:height": str(CARD_HEIGHT)}
    twitter = {
        "description": shown.description,
        "twitter:card": "summary_large_image" if shown.image_url else "summary",
        "twitter:title": shown.title,
        "twitter:description": shown.description,
        "twitter:image": shown.image_url,
    }
    return "".join(
        f'<meta {attribute}="{name}" content="{escape(content)}">'
        for attribute, group in (("property", tags), ("name", twitter))
        for name, content in group.items()
        if content
    )
