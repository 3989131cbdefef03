"""Material over HTTP (B3): a member's poster is read by another library and leads to the signup."""

import base64
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import zxingcpp
from PIL import Image

from infra.demo.client import Answer
from tests.support import posters
from tests.support.client import Organization, eventually

CAMPAIGN = "spring-material"
BROWSER = {"Accept": "text/html", "User-Agent": "Mozilla/5.0"}


def campaign(**changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "title": "春日品鉴会 Spring tasting",
        "introduction": "Come and meet the new harvest.",
        "starts_at": (now - timedelta(hours=1)).isoformat(),
        "ends_at": (now + timedelta(days=7)).isoformat(),
        "material": ["poster", "card", "text"],
        "landing": {"headline": "Meet the new harvest"},
        "salespeople": ["lin"],
        "audience": {"member_ids": ["lin"]},
        "accent": "#0e7a5f",
        "poster": {"layout": "banner"},
        "text_template": "{member}: {title} {link}",
        "status": "published",
    } | changes


def material(acme: Organization, kind: str, **query: str) -> Answer:
    given = "&".join(f"{name}={value}" for name, value in {"member_id": "lin", **query}.items())
    return acme.operator.get(f"{acme.path}/campaigns/{CAMPAIGN}/material/{kind}?{given}")


def decoded(answer: Answer) -> str:
    assert answer.expect(200).headers["content-type"] == "image/png"
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(answer.body)).convert("L"))
    return str(found.text)


def test_a_poster_leads_to_the_signup_and_changes_with_the_campaign(acme: Organization) -> None:
    """B3."""
    acme.put_member("lin")
    acme.put_channel("lin", owner_id="lin")
    path = f"{acme.path}/campaigns/{CAMPAIGN}"
    given = campaign()
    acme.operator.put(path, given).expect(200)
    picture = base64.b64encode(posters.photograph(1_200, 900)).decode()
    acme.operator.put(f"{path}/picture", {"image": picture}).expect(200)
    acme.deployment.run("TendCampaigns")
    eventually(
        "the member to take part",
        lambda: material(acme, "text") if material(acme, "text").status == 200 else None,
    )
    poster = material(acme, "poster", size="small")
    url = decoded(poster)
    assert url in material(acme, "text").expect(200).json["text"]
    code = url.rpartition("/s/")[2]
    landed = acme.anyone.send("GET", f"/s/{code}", None, BROWSER).expect(302)
    assert landed.headers["location"].endswith(f"/s/{code}/signup")
    again = material(acme, "poster", size="small")
    assert (again.body, again.headers["etag"]) == (poster.body, poster.headers["etag"])

    acme.operator.put(path, given | {"title": "Summer tasting"}).expect(200)
    changed = material(acme, "poster", size="small")
    assert changed.headers["etag"] != poster.headers["etag"]
    assert decoded(changed) == url
    assert b"data:image/jpeg" in material(acme, "poster", format="svg").expect(200).body
    assert decoded(material(acme, "poster", layout="plain", size="phone")) == url

    card = material(acme, "card").expect(200).json
    assert card["url"] == url
    image = acme.anyone.get(f"/s/{code}/card").expect(200)
    assert Image.open(io.BytesIO(image.body)).size == (1200, 630)
