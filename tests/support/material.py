"""A published campaign with a member in it, as material is made for, and the bucket of files."""

import contextlib
from datetime import timedelta
from typing import Any

import msgspec

from sluice.campaigns.rules.campaigns import Audience, Definition, Landing
from sluice.campaigns.tables import CampaignItem, Link, Participation
from sluice.codes.rules.choice import Rule
from sluice.codes.store.issued import Wanted, put_code
from sluice.shared import settings
from sluice.shared.clients import client
from sluice.shared.guard import Transaction
from tests.support.events import ORGANIZATION
from tests.support.staff import NOW

CAMPAIGN, TOKEN = "spring", "tokenOfLinsOwnPage"
KEY = f"{ORGANIZATION}#{CAMPAIGN}"
CODES = {"lin": "LINSCODE1234", "mei": "MEISCODE1234"}
DEFINITION = Definition(
    title="Spring tasting",
    introduction="Come and meet the new harvest.",
    starts_at=NOW,
    ends_at=NOW + timedelta(days=7),
    material=("poster", "card", "text"),
    landing=Landing(headline="Meet the new harvest"),
    salespeople=("lin",),
    audience=Audience(everyone=True),
    text_template="{member} asks you to {title}, {starts}: {link}",
    status="published",
)


def put_campaign(version: int = 1, **changes: Any) -> None:
    """Store the campaign, in this version."""
    given = msgspec.structs.replace(DEFINITION, **changes)
    CampaignItem(
        KEY,
        "campaign",
        definition=msgspec.json.encode(given).decode(),
        title=given.title,
        status=given.status,
        version=version,
        starts_at=given.starts_at,
        ends_at=given.ends_at,
        changed_at=NOW,
    ).save()


def put_participation(member_id: str = "lin", **fields: Any) -> None:
    """Let a member take part, with a code; Lin with a personal link."""
    Participation(
        KEY,
        f"member#{member_id}",
        member_id=member_id,
        name=member_id.title(),
        code=CODES[member_id],
        token=TOKEN,
        invited_at=NOW,
        told_version=1,
        **fields,
    ).save()
    transaction = Transaction()
    wanted = Wanted(
        referrer_id=member_id, campaign_id=CAMPAIGN, rule=Rule(), expires_at=DEFINITION.ends_at
    )
    put_code(transaction, ORGANIZATION, CODES[member_id], wanted, NOW)
    transaction.commit()
    if member_id == "lin":
        Link(
            f"link#{TOKEN}",
            "link",
            organization_id=ORGANIZATION,
            campaign_id=CAMPAIGN,
            member_id=member_id,
        ).save()


def remove_participation(member_id: str = "lin") -> None:
    """Take a member out of the campaign."""
    found = Participation.get(KEY, f"member#{member_id}")
    found.update([Participation.removed_at.set(NOW)])


def make_bucket() -> None:
    """Make the bucket of pictures and of what is made, empty."""
    s3, bucket = client("s3"), settings.text("CAMPAIGN_FILES_BUCKET")
    with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=bucket)
    for item in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        s3.delete_object(Bucket=bucket, Key=item["Key"])


def files(prefix: str = "") -> list[str]:
    """Return the keys of the bucket's files."""
    bucket = settings.text("CAMPAIGN_FILES_BUCKET")
    found = client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)
    return [str(item["Key"]) for item in found.get("Contents", [])]
