"""Material of campaigns through the handlers: who gets whose, drawn once, anew when it changes."""

import base64
import importlib
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from sluice.campaigns.store import making, samples
from sluice.campaigns.tables import PictureItem
from sluice.codes.store import logos
from sluice.organizations import changing
from tests.support import material, posters
from tests.support.aws import local_aws
from tests.support.events import claims, http
from tests.support.staff import NOW, found_organization

PLACE = {"organization_id": "acme", "campaign_id": material.CAMPAIGN}
ONE = "/organizations/{organization_id}/campaigns/{campaign_id}"
URL = "https://s.example.com/s/LINSCODE1234"


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with local_aws():
        monkeypatch.setattr("sluice.shared.clock.now", lambda: NOW)
        found_organization()
        material.make_bucket()
        material.put_campaign()
        material.put_participation()
        yield


def call(name: str, route: str, **parts: Any) -> dict[str, Any]:
    handler = importlib.import_module(f"functions.campaigns.{name}.handler").handler
    answer: dict[str, Any] = handler(http(route, **parts), None)
    return answer


def problem(answer: dict[str, Any]) -> str:
    return str(json.loads(answer["body"])["type"]).rpartition(":")[2]


def put_picture(image: bytes | None, role: str = "operator", **path: str) -> dict[str, Any]:
    given = {} if image is None else {"image": base64.b64encode(image).decode()}
    signed = claims(role, "boss" if role == "operator" else "lin")
    return call("put_picture", f"PUT {ONE}/picture", path=PLACE | path, body=given, claims=signed)


def read(
    kind: str = "poster", who: dict[str, str] | None = None, etag: str = "", **query: str
) -> dict[str, Any]:
    return call(
        "read_material",
        f"GET {ONE}/material/{{kind}}",
        path=PLACE | {"kind": kind},
        query=query or None,
        claims=who or claims("member", "lin"),
        headers={"if-none-match": etag},
    )


def pixels(answer: dict[str, Any]) -> Image.Image:
    assert answer["statusCode"] == 200, answer
    return posters.opened(base64.b64decode(answer["body"]))


def test_a_members_poster_holds_their_code_and_is_drawn_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """B3: a second call finds the file; who has it is told so."""
    first = read(size="small")
    (found,) = zxingcpp.read_barcodes(pixels(first).convert("L"))
    assert found.text == URL
    assert first["headers"]["Cache-Control"].startswith("private")
    monkeypatch.setattr(making, "_drawn", None)
    assert read(size="small")["body"] == first["body"]
    again = read(size="small", etag=first["headers"]["ETag"])
    assert (again["statusCode"], again["body"]) == (304, "")
    assert len(material.files("made/")) == 1


def test_an_operator_looks_at_a_sample_of_a_draft_that_leads_nowhere() -> None:
    """B3: nobody is in a draft; what is printed by mistake says that it is not valid."""
    material.put_campaign(status="draft")
    boss = claims()
    (found,) = zxingcpp.read_barcodes(pixels(read(who=boss, sample="true")).convert("L"))
    assert found.text == samples.SAYS
    assert "//" not in found.text
    shown = making.poster_of(samples.of_campaign("acme", material.CAMPAIGN), making.Look("svg"))
    assert (shown.call, shown.member) == ("Sample: not valid", "Invited by a colleague")
    svg = read(who=boss, sample="true", format="svg", layout="plain")
    assert (svg["statusCode"], svg["headers"]["Content-Type"]) == (200, "image/svg+xml")
    assert read(sample="true")["statusCode"] == 403
    assert read("text", boss, sample="true")["statusCode"] == 400
    assert read(who=boss, sample="true", member_id="lin")["statusCode"] == 400


def test_what_changes_is_drawn_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """B3: a text, the picture, the name; what shows none of it is not."""
    drawn: list[Any] = []

    def draw(_: Any, shown: Any) -> bytes:
        drawn.append(shown)
        return b"<svg/>"

    monkeypatch.setattr(making, "_drawn", draw)
    read(format="svg")
    material.put_campaign(version=2, title="Summer tasting")
    read(format="svg")
    assert put_picture(posters.photograph(640, 480))["statusCode"] == 200
    read(format="svg")
    read(format="svg", layout="full")
    logos.put_logo("acme", posters.logo())
    read(format="svg", logo="true")
    changing.change_organization("acme", {"name": "Other", "locale": "zh-CN"})
    read(format="svg")
    assert [each.title for each in drawn[:2]] == ["Spring tasting", "Summer tasting"]
    assert drawn[2].picture
    assert [each.layout for each in drawn] == [
        "banner",
        "banner",
        "banner",
        "full",
        *["banner"] * 2,
    ]
    assert drawn[4].logo
    assert (drawn[5].host, drawn[5].member) == ("Other", "Lin \u8bda\u9080\u60a8\u53c2\u52a0")
    assert drawn[5].dates == "2026\u5e743\u67085\u65e5 16:00 \u2013 3\u670812\u65e5 16:00"
    material.put_campaign(version=3, title="Summer tasting", introduction="Elsewhere.")
    read(format="svg")
    assert len(drawn) == 6


def test_a_poster_shows_the_picture_that_the_operator_uploaded() -> None:
    """B3: drawn anew as a JPEG of ours; without an image there is none from then on."""
    stored = json.loads(put_picture(posters.photograph(640, 480))["body"])
    assert (stored["width"], stored["height"]) == (640, 480)
    assert material.files("pictures/") == [f"pictures/acme/spring/{stored['content_hash']}.jpg"]
    pictured = read(format="svg")["body"]
    assert b"data:image/jpeg" in base64.b64decode(pictured)
    assert put_picture(None)["statusCode"] == 204
    assert b"data:image/jpeg" not in base64.b64decode(read(format="svg")["body"])


def test_a_picture_is_the_operators_and_of_a_campaign_that_is_not_over() -> None:
    photograph = posters.photograph(400, 330)
    assert put_picture(photograph, "member")["statusCode"] == 403
    assert problem(put_picture(b"GIF89a" * 9)) == "invalid-request"
    large = io.BytesIO()
    Image.effect_noise((900, 700), 90).save(large, "PNG")  # no other body may be as large
    assert len(large.getvalue()) > 300_000
    assert put_picture(large.getvalue())["statusCode"] == 200
    assert problem(put_picture(b"\x89PNG" * 900_000)) == "invalid-request"
    put_picture(None)
    assert problem(put_picture(photograph, campaign_id="other")) == "no-such-campaign"
    assert problem(put_picture(None, campaign_id="other")) == "no-such-campaign"
    material.put_campaign(status="ended")
    assert problem(put_picture(photograph)) == "campaign-fixed"
    (kept,) = PictureItem.query(material.KEY, PictureItem.item == "picture")
    assert kept.content_hash is None


def test_a_text_and_a_card_carry_the_members_link() -> None:
    """B3: also by the personal link."""
    text = json.loads(read("text")["body"])
    assert text["text"] == f"Lin asks you to Spring tasting, 5 March 2026, 16:00: {URL}"
    path = {"token": material.TOKEN, "kind": "card"}
    card = json.loads(call("read_material", "GET /c/{token}/material/{kind}", path=path)["body"])
    assert card["url"] == URL
    assert card["title"] == "Meet the new harvest"
    assert card["image_url"].startswith(f"{URL}/card?version=")
    material.put_campaign(introduction="", text_template="")
    assert json.loads(read("card")["body"])["description"].startswith("5 March 2026, 16:00")
    assert URL in json.loads(read("text")["body"])["text"]


def test_a_cards_image_is_for_anyone_and_the_same_for_every_member() -> None:
    """B3: the picture's middle, or the title on the accent."""
    material.put_participation("mei")
    for _ in range(2):
        for code in material.CODES.values():
            answer = call("read_material", "GET /s/{code}/card", path={"code": code})
            image = Image.open(io.BytesIO(base64.b64decode(answer["body"])))
            assert (image.format, image.size) == ("JPEG", (1200, 630))
            assert answer["headers"]["Cache-Control"].startswith("public")
        put_picture(posters.photograph(640, 480))
    assert len(material.files("made/")) == 2


def test_who_gets_whose() -> None:
    """B3: a member their own, an operator anybody's; who was removed nothing."""
    material.put_participation("mei")
    operator = claims()
    assert read("text", operator, member_id="mei")["statusCode"] == 200
    assert problem(read("text", operator)) == "invalid-request"
    assert problem(read("text", member_id="mei")) == "forbidden"
    assert problem(read("text", operator, member_id="nobody")) == "not-found"
    assert problem(read("video")) == "not-found"
    assert problem(read(logo="true")) == "not-found"
    material.put_campaign(material=("text",))
    assert problem(read("card")) == "no-such-material"
    path = {"token": "unknown", "kind": "text"}
    assert (
        problem(call("read_material", "GET /c/{token}/material/{kind}", path=path)) == "not-found"
    )
    assert (
        problem(call("read_material", "GET /s/{code}/card", path={"code": "NONE"})) == "not-found"
    )
    material.remove_participation()
    assert problem(read("text")) == "not-found"


def test_what_is_too_large_for_an_answer_goes_by_its_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(making, "_drawn", lambda *_: b"x" * (making.MAX_BYTES + 1))
    for _ in range(2):  # as it is made, and kept
        answer = read()
        assert answer["statusCode"] == 303
        assert "X-Amz-Expires=900" in answer["headers"]["Location"]
