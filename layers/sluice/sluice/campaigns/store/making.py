"""Material made for a member (B3): drawn once, kept under a hash of everything that it shows.

So a change of the campaign, the name or the picture finds nothing and draws anew, and two who
draw at the same moment write the same file.
"""

import hashlib
from datetime import datetime
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from sluice.campaigns.refusals import NoSuchMaterial
from sluice.campaigns.rules import wording
from sluice.campaigns.rules.campaigns import Campaign
from sluice.campaigns.rules.shapes import Layout
from sluice.campaigns.store import campaigns, participations, pictures
from sluice.campaigns.tables import Participation
from sluice.codes.rules.symbols import Logo
from sluice.codes.store import issued, logos
from sluice.organizations import store as organizations
from sluice.organizations.tables import Organization
from sluice.shared import files, settings
from sluice.shared.errors import NotFound

DRAWING = 1  # counts changes of how posters are drawn: what was kept before is drawn anew
MAX_BYTES = 4_400_000  # of an answer, which travels as base64: what is larger goes by its address
Kind = Literal["poster", "card", "text"]
Format = Literal["svg", "png", "jpeg"]
MEDIA_TYPES: dict[Format, str] = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpeg": "image/jpeg",
}


class Subject(NamedTuple):
    """Whose material of which campaign."""

    campaign: Campaign
    organization: Organization
    member: str  # as customers are told
    code: str
    url: str  # of the code
    picture: str | None  # hash

    @property
    def dates(self) -> str:
        """From when until when, as posters say it."""
        return wording.span(*self.times, self.organization.locale)

    @property
    def times(self) -> tuple[datetime, datetime]:
        """When the campaign begins and ends, in the organisation's time zone."""
        given, zone = self.campaign.definition, ZoneInfo(self.organization.time_zone)
        return given.starts_at.astimezone(zone), given.ends_at.astimezone(zone)


class Look(NamedTuple):
    """How an image should be."""

    format: Format
    layout: Layout | None = None  # the campaign's
    width: int = 0  # pixels of a PNG
    logo: bool = False  # the organisation's, in the middle of the code


class Shown(msgspec.Struct, frozen=True):
    """Everything that an image shows: its hash is the image's name."""

    drawing: int
    format: Format
    layout: Layout | Literal["card"]
    width: int
    title: str
    dates: str
    member: str
    call: str
    host: str
    accent: str
    url: str
    picture: str | None
    logo: bytes | None
    logo_size: tuple[int, int] = (0, 0)

    @property
    def name(self) -> str:
        """Return what the image is known by."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:40]


def of_member(organization_id: str, campaign_id: str, member_id: str, base_url: str) -> Subject:
    """Return whose material this is: 4 reads. Raises NoSuchCampaign, NotFound: takes no part."""
    campaign = campaigns.load(organization_id, campaign_id)
    found = participations.find(organization_id, campaign_id, member_id)
    return _subject(campaign, found, base_url)


def of_link(token: str, base_url: str) -> Subject:
    """Return whose personal link a token is: 5 reads. Raises NotFound."""
    link = participations.find_link(token)
    if link is None:
        raise NotFound
    return of_member(link.organization_id, link.campaign_id, link.member_id, base_url)


def of_code(code: str, base_url: str, now: datetime) -> Subject:
    """Return what a member's code belongs to: 5 reads. Raises NotFound, CodeGone."""
    found = issued.read_code(code, now)
    if not found.campaign_id or not found.referrer_id:
        raise NotFound
    return of_member(found.organization_id, found.campaign_id, found.referrer_id, base_url)


def kind_of(name: str) -> Kind:
    """Return the kind of material of this name. Raises NotFound."""
    kinds: dict[str, Kind] = {"poster": "poster", "card": "card", "text": "text"}
    if name not in kinds:
        raise NotFound
    return kinds[name]


def check_offered(subject: Subject, kind: Kind) -> None:
    """Raise NoSuchMaterial unless the campaign has this kind."""
    if kind not in subject.campaign.definition.material:
        raise NoSuchMaterial


def poster_of(subject: Subject, look: Look) -> Shown:
    """Return what a member's poster shows; with a logo one read. Raises NotFound: no logo."""
    given, locale = subject.campaign.definition, subject.organization.locale
    layout = look.layout or given.poster.layout
    logo = logos.read_logo(subject.campaign.organization_id) if look.logo else None
    return Shown(
        drawing=DRAWING,
        format=look.format,
        layout=layout,
        width=look.width if look.format == "png" else 0,
        title=given.title,
        dates=subject.dates,
        member=wording.invitation(subject.member, locale),
        call=wording.call_to_action(given.poster.call_to_action, locale),
        host=subject.organization.name,
        accent=given.accent,
        url=subject.url,
        picture=None if layout == "plain" else subject.picture,
        logo=logo.png if logo else None,
        logo_size=(logo.width, logo.height) if logo else (0, 0),
    )


def card_image_of(subject: Subject) -> Shown:
    """Return what the image of a campaign's link card shows: the same for every member."""
    given = subject.campaign.definition
    pictured = subject.picture is not None  # then no words are drawn
    return Shown(
        drawing=DRAWING,
        format="jpeg",
        layout="card",
        width=0,
        title="" if pictured else given.title,
        dates="",
        member="",
        call="",
        host="" if pictured else subject.organization.name,
        accent="" if pictured else given.accent,
        url="",
        picture=subject.picture,
        logo=None,
    )


def fetched(subject: Subject, shown: Shown) -> bytes | None:
    """Return an image: kept or drawn now, then written to the bucket. None: see `address`.

    One request of a file; drawn anew 2 or 3. What an answer has no room for is None.
    """
    place = _place(subject, shown)
    try:
        data, complete = files.read_part(place, 0, MAX_BYTES)
    except files.MissingFileError:
        data = _drawn(subject, shown)
        files.write(place, data, MEDIA_TYPES[shown.format])
        complete = len(data) <= MAX_BYTES
    return data if complete else None


def address(subject: Subject, shown: Shown) -> str:
    """Return where an image is read within 15 minutes: no request."""
    return files.sign_download(_place(subject, shown))


def _drawn(subject: Subject, shown: Shown) -> bytes:
    from sluice.campaigns.material import pictures as drawing  # noqa: PLC0415 - text needs none
    from sluice.campaigns.material import poster  # noqa: PLC0415

    picture = None
    if shown.picture is not None:
        campaign = subject.campaign
        kept = pictures.read(campaign.organization_id, campaign.campaign_id, shown.picture)
        picture = drawing.Picture(kept, 0, 0)
    wanted = poster.Poster(
        layout="plain" if shown.layout == "card" else shown.layout,
        title=shown.title,
        url=shown.url,
        dates=shown.dates,
        member=shown.member,
        call=shown.call,
        host=shown.host,
        accent=shown.accent,
        picture=picture,
        logo=Logo(shown.logo, *shown.logo_size) if shown.logo else None,
    )
    if shown.layout == "card":
        return poster.card_image(wanted)
    return poster.svg(wanted).encode() if shown.format == "svg" else poster.png(wanted, shown.width)


def _subject(campaign: Campaign, found: Participation | None, base_url: str) -> Subject:
    if found is None or found.attribute_values.get("removed_at"):
        raise NotFound
    organization_id = campaign.organization_id
    return Subject(
        campaign,
        organizations.find_organization(organization_id),
        found.name,
        found.code,
        f"{base_url}/s/{found.code}",
        pictures.find(organization_id, campaign.campaign_id),
    )


def _place(subject: Subject, shown: Shown) -> files.Place:
    campaign = subject.campaign
    key = f"made/{campaign.organization_id}/{campaign.campaign_id}/{shown.name}.{shown.format}"
    return {"Bucket": settings.text("CAMPAIGN_FILES_BUCKET"), "Key": key}
