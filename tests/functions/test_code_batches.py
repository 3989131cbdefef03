"""Batches of codes, their images as a ZIP, and the logo in the middle of them (A2, F7)."""

import base64
import csv
import importlib
import io
import json
import sys
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from sluice.codes import logos, sheets
from sluice.codes.rules import symbols
from sluice.codes.store import batches
from sluice.codes.tables import Code
from sluice.codes.tables.batches import CodeBatch
from sluice.organizations import store as organizations
from sluice.shared import ids
from sluice.shared.errors import Contention
from tests.support.aws import items_of, local_aws
from tests.support.codes import CODE, issue_code
from tests.support.events import claims, http
from tests.support.requests import recorded
from tests.support.staff import NOW, found_organization

ORG = {"organization_id": "acme"}
BATCHES = "/organizations/{organization_id}/code-batches"
LOGO = "/organizations/{organization_id}/logo"
URL = "https://s.example.com/s/"


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization()
        yield


def call(name: str, route: str, **parts: Any) -> dict[str, Any]:
    handler = importlib.import_module(f"functions.codes.{name}.handler").handler
    answer: dict[str, Any] = handler(http(route, claims=claims(), **parts), None)
    return answer


def body(answer: dict[str, Any]) -> Any:
    return json.loads(answer["body"] or "null")


def issue(given: Any, key: str = "k-1") -> dict[str, Any]:
    headers = {"idempotency-key": key}
    return call("issue_codes", f"POST {BATCHES}", path=ORG, body=given, headers=headers)


def read(batch_id: str, **query: str) -> dict[str, Any]:
    path = ORG | {"batch_id": batch_id}
    return call("get_code_batch", f"GET {BATCHES}/{{batch_id}}", path=path, query=query)


def images(batch_id: str, **query: str) -> dict[str, Any]:
    path = ORG | {"batch_id": batch_id}
    route = f"GET {BATCHES}/{{batch_id}}/images"
    return call("read_batch_images", route, path=path, query=query)


def put_logo(image: bytes | None) -> dict[str, Any]:
    given = None if image is None else base64.b64encode(image).decode()
    return call("put_logo", f"PUT {LOGO}", path=ORG, body={"image": given})


def picture(kind: str = "PNG", size: tuple[int, int] = (300, 200)) -> bytes:
    """Return a logo without a quiet spot: stripes of the colours a code is read by."""
    drawn = Image.new("RGBA" if kind == "PNG" else "RGB", size, "darkred")
    for x in range(0, size[0], 20):
        ImageDraw.Draw(drawn).rectangle((x, 0, x + 9, size[1]), fill="black")
    out = io.BytesIO()
    drawn.save(out, kind)
    return out.getvalue()


def decoded(image: bytes, shrunk: int = 1) -> list[str]:
    """Read a picture with a reader that shares no code with what drew it."""
    opened = Image.open(io.BytesIO(image)).convert("L")
    smaller = opened.resize((opened.width // shrunk, opened.height // shrunk))
    return [each.text for each in zxingcpp.read_barcodes(smaller)]


def test_a_batch_has_so_many_codes_page_by_page() -> None:
    """A2."""
    batch_id = body(issue({"count": 120, "campaign_id": "spring"}))["batch_id"]
    seen, cursor = [], ""
    for _ in range(4):
        page = body(read(batch_id, cursor=cursor))
        seen += [row["code"] for row in page["items"]]
        cursor = page.get("next_cursor", "")
        if not cursor:
            break
    assert (page["status"], page["count"], len(seen)) == ("issued", 120, 120)
    assert set(seen) == {str(item.code) for item in items_of(Code)}  # type: ignore[attr-defined]
    assert all(
        len(code) == ids.CODE_LENGTH and set(code) <= set(ids.CODE_ALPHABET) for code in seen
    )
    assert page["items"][0]["campaign_id"] == "spring"


def test_a_batch_for_referrers_has_a_code_for_each_in_order() -> None:
    batch_id = body(issue({"referrer_ids": ["lin", "boss", "lin"]}))["batch_id"]
    rows = body(read(batch_id))["items"]
    assert [row["referrer_id"] for row in rows] == ["lin", "boss", "lin"]
    assert len({row["code"] for row in rows}) == 3
    assert {row["batch_id"] for row in rows} == {batch_id}


def test_a_batch_names_who_is_no_member_and_issues_nothing() -> None:
    answer = issue({"referrer_ids": ["lin", *(f"x{n}" for n in range(7))]})
    assert answer["statusCode"] == 409
    assert body(answer)["detail"] == "Not active members: x0, x1, x2, x3, x4 and 2 more."
    assert items_of(Code) == items_of(CodeBatch) == []


def test_a_request_that_ended_in_the_middle_goes_on_and_issues_none_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A2: a crash after any slice; the same key gives the same batch and the same codes."""
    write, written = batches._write_slice, []

    def breaks(batch: CodeBatch, numbers: Any) -> None:
        write(batch, numbers)
        written.append(numbers)
        if len(written) == 2:
            raise Contention

    monkeypatch.setattr(batches, "_write_slice", breaks)
    assert issue({"count": 120})["statusCode"] == 503
    (batch,) = items_of(CodeBatch)
    assert isinstance(batch, CodeBatch)
    before = {str(item.code) for item in items_of(Code)}  # type: ignore[attr-defined]
    assert len(before) == 90
    page = body(read(batch.batch_id))
    assert page["status"] == "issuing"
    monkeypatch.setattr(batches, "_write_slice", write)
    assert body(issue({"count": 120}))["batch_id"] == batch.batch_id
    after = {str(item.code) for item in items_of(Code)}  # type: ignore[attr-defined]
    assert (len(after), before < after) == (120, True)
    with recorded() as asked:
        assert body(issue({"count": 120}))["batch_id"] == batch.batch_id
    assert asked.written[-1] <= 2, "a batch that is done is not written again"
    assert issue({"count": 121})["statusCode"] == 422


def test_going_on_revives_no_code_that_was_retired_meanwhile() -> None:
    batch_id = body(issue({"count": 3}))["batch_id"]
    batch = batches.read_batch("acme", batch_id)
    code = batches.read_codes(batch, 0, 1)[0]
    code.update([Code.status.set("retired")])
    batch.status = batches.ISSUING
    batches.fill(batch)
    assert batches.read_codes(batch, 0, 1)[0].status == "retired"


def test_a_batch_stops_at_a_referrer_who_is_gone_since_it_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The write's own check decides, not the look before it."""
    monkeypatch.setattr(batches, "check_referrers", lambda *_: None)
    settings = {"name": "Lin", "roles": {"member"}, "active": False}
    organizations.put_member("acme", "lin", settings, NOW)
    answer = issue({"referrer_ids": ["boss", "lin"]})
    assert (answer["statusCode"], items_of(Code)) == (409, [])
    assert "lin" in body(answer)["detail"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "count"),
        ({"count": 1, "referrer_ids": ["lin"]}, "count"),
        ({"count": 0}, "count"),
        ({"count": 501}, "count"),
        ({"referrer_ids": []}, "referrer_ids"),
        ({"referrer_ids": ["a"] * 501}, "referrer_ids"),
        ({"count": 1, "expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
    ],
)
def test_a_wrong_batch_is_refused_with_the_field_named(given: Any, field: str) -> None:
    answer = issue(given)
    assert (answer["statusCode"], body(answer)["fields"][0]["field"]) == (400, field)


def test_a_batch_that_is_not_there_is_told() -> None:
    for answer in (read("nothing"), images("nothing")):
        assert (answer["statusCode"], body(answer)["title"]) == (404, "There is no such batch")


@pytest.mark.parametrize("logo", ["false", "true"])
def test_every_image_of_a_zip_reads_back_as_the_address_its_index_names(logo: str) -> None:
    """F7."""
    put_logo(picture())
    batch_id = body(issue({"referrer_ids": ["lin", "boss"]}))["batch_id"]
    answer = images(batch_id, scale="4", logo=logo)
    assert answer["headers"]["Content-Type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(base64.b64decode(answer["body"])))
    assert archive.testzip() is None
    rows = list(csv.DictReader(io.StringIO(archive.read(sheets.INDEX).decode())))
    assert [row["referrer_id"] for row in rows] == ["lin", "boss"]
    assert set(archive.namelist()) == {row["file"] for row in rows} | {sheets.INDEX}
    for row in rows:
        assert row["url"] == URL + row["code"]
        assert decoded(archive.read(row["file"])) == [row["url"]]


def test_a_zip_of_a_part_has_that_part_and_the_same_bytes_each_time() -> None:
    batch_id = body(issue({"count": 5}))["batch_id"]
    answers = [images(batch_id, first="2", limit="3", format="svg") for _ in range(2)]
    assert answers[0]["body"] == answers[1]["body"]
    archive = zipfile.ZipFile(io.BytesIO(base64.b64decode(answers[0]["body"])))
    wanted = [row["code"] for row in body(read(batch_id))["items"]][1:4]
    assert archive.namelist() == [*(f"{code}.svg" for code in wanted), sheets.INDEX]


@pytest.mark.parametrize("limit", ["MAX_BYTES", "MAX_PIXELS"])
def test_a_zip_that_would_not_fit_is_refused_with_what_to_reduce(
    monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    """API Gateway takes 6 MB."""
    batch_id = body(issue({"count": 9}))["batch_id"]
    monkeypatch.setattr(sheets, limit, {"MAX_BYTES": 4_000, "MAX_PIXELS": 300_000}[limit])
    answer = images(batch_id)
    problem = body(answer)
    assert (answer["statusCode"], problem["fields"][0]["field"]) == (400, "limit")
    most = int(problem["detail"].split("below ")[1].split(",")[0])
    assert 1 < most < 9
    assert images(batch_id, limit=str(most - 1))["statusCode"] == 200


def test_the_largest_plain_zip_is_far_below_what_an_answer_takes() -> None:
    batch_id = body(issue({"count": 40}))["batch_id"]
    size = len(base64.b64decode(images(batch_id)["body"]))
    assert size / 40 * batches.MAX_CODES < sheets.MAX_BYTES / 4


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("size", [(300, 300), (400, 60), (60, 400), (1, 1)])
def test_a_code_with_a_logo_is_read_also_at_half_size(kind: str, size: tuple[int, int]) -> None:
    """A2: any logo, in its place, at every scale."""
    issue_code()
    stored = put_logo(picture(kind, size))
    assert stored["statusCode"] == 200
    assert max(body(stored).values()) <= logos.KEPT_SIDE
    for scale in ("2", "5", "13"):
        answer = image(format="png", scale=scale, logo="true", error="L")
        for shrunk in (1, 2):
            assert decoded(base64.b64decode(answer["body"]), shrunk) == [URL + CODE]
    assert answer["headers"]["Cache-Control"] == "public, max-age=3600"


def image(**query: str) -> dict[str, Any]:
    return call("read_code_image", "GET /codes/{code}/image", path={"code": CODE}, query=query)


def test_a_logo_covers_a_fifth_of_the_symbol_at_most_and_its_middle() -> None:
    for modules in range(21, 178, 4):
        place = symbols.place_of(modules, scale=3, border=4)
        assert place.width <= modules * 3 * symbols.LOGO_SHARE
        assert 2 * place.start + place.width == (modules + 8) * 3


def test_an_svg_carries_the_logo_as_a_picture_that_can_run_nothing() -> None:
    issue_code()
    put_logo(picture())
    drawn = base64.b64decode(image(logo="true")["body"]).decode()
    assert 'href="data:image/png;base64,' in drawn
    assert drawn.count("<image") == 1
    assert "script" not in drawn


def test_without_a_logo_pillow_is_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs a cold start more than all that the function does."""
    issue_code()
    monkeypatch.delitem(sys.modules, "sluice.codes.logos")
    monkeypatch.setitem(sys.modules, "PIL", None)
    for kind in ("png", "svg"):
        assert image(format=kind)["statusCode"] == 200


def test_a_logo_can_be_taken_away() -> None:
    issue_code()
    assert image(logo="true")["statusCode"] == 404
    put_logo(picture())
    assert put_logo(None)["statusCode"] == 204
    assert image(logo="true")["statusCode"] == 404


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    "given",
    [
        SVG,
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n",
        picture()[:100],
        picture() * 1_000,
        picture(size=(5_000, 5)),
        b"\x00",
    ],
    ids=["svg", "gif", "head", "cut", "large", "wide", "zero"],
)
def test_what_is_no_small_png_or_jpeg_is_no_logo(given: bytes) -> None:
    answer = put_logo(given[:48_000])
    assert answer["statusCode"] == 400
    assert body(answer)["fields"][0]["field"] == "image"


@pytest.mark.parametrize(
    ("size", "width"), [("500", 495), ("33", 33), ("2000", 1980), ("65", 33), ("66", 66)]
)
def test_a_size_gives_the_largest_image_of_whole_modules_that_fits(size: str, width: int) -> None:
    issue_code()
    answer = image(format="png", size=size, border="2")
    assert Image.open(io.BytesIO(base64.b64decode(answer["body"]))).width == width


def test_a_size_below_a_pixel_a_module_is_told() -> None:
    issue_code()
    answer = image(size="21")
    assert (answer["statusCode"], body(answer)["fields"][0]["field"]) == (400, "size")
