"""Step 2: a code for organisation and referrer; its image is read back (A2)."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import zxingcpp
from PIL import Image

from infra.demo.opening import REFERRER

if TYPE_CHECKING:
    from infra.demo.client import Client
    from infra.demo.opening import Organization
    from infra.demo.story import Story


@dataclass(frozen=True)
class Code:
    """An issued code."""

    code: str
    url: str
    image_url: str


def issue(story: Story, organization: Organization, reservation_seconds: int) -> Code:
    """Let the referrer ask for her code, twice with one key, and read its image."""
    story.step("A code is issued for organisation and referrer; its QR image is read back")
    body = {
        "referrer_id": REFERRER,
        "rule": {"kind": "contact", "reservation_seconds": reservation_seconds},
    }
    code, again = [
        ask(organization, organization.referrer, body, f"{REFERRER}-poster") for _ in range(2)
    ]
    story.say(f"code  {code.code}")
    story.say(f"url   {code.url}")
    story.expect(
        code == again,
        f"the same Idempotency-Key gave {code.code}, then {again.code}",
        "asked twice with one Idempotency-Key: the same code",
    )
    for query in ("?format=png", "?format=png&scale=3&error=H"):
        found = read_image(organization, code, query)
        story.expect(found == code.url, f"the image {query} reads {found!r}, not {code.url}")
    story.say("ok  its PNG, read by zxing (another library than drew it), gives the url")
    return code


def ask(organization: Organization, who: Client, body: dict[str, Any], key: str = "") -> Code:
    """Issue a code; the same idempotency key gives the same code."""
    headers = {"Idempotency-Key": key} if key else None
    return Code(**who.post(f"{organization.path}/codes", body, headers).expect(201).json)


def read_image(organization: Organization, code: Code, query: str) -> str:
    """Fetch the image and return what an independent reader sees in it."""
    path = code.image_url.removeprefix(organization.anyone.base_url)
    answer = organization.anyone.send("GET", path + query, headers={"Accept": "image/png,*/*"})
    image = Image.open(io.BytesIO(answer.expect(200).body)).convert("L")
    return " ".join(found.text for found in zxingcpp.read_barcodes(image))
