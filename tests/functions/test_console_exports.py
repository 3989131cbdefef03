"""The console's pages of exports: ordered, followed, fetched, cancelled (F7, F5)."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote, urlsplit

import boto3
import msgspec
import pytest

from functions.exports.write_export.handler import handler as write_export
from sluice.exports.rules import NAMES
from sluice.shared import clock, settings
from sluice.shared.outbox import OutboxItem, event_of
from tests.support.aws import items_of, local_aws
from tests.support.console import ask, signed_in
from tests.support.people import make_bucket
from tests.support.staff import found_organization

MEMBER = {"name": "=Lin <u>", "roles": ["member"]}


@pytest.fixture(autouse=True)
def _organization() -> Iterator[None]:
    with local_aws():
        found_organization(clock.now())
        make_bucket()
        ask("PUT", "members/lin", MEMBER)
        yield


def write() -> None:
    """Let the worker do what was ordered."""
    for item in items_of(OutboxItem):
        if isinstance(item, OutboxItem):
            event = event_of(item)
            if event.type == "export.requested.v1":
                detail = msgspec.to_builtins(event)
                write_export({"detail-type": event.type, "detail": detail}, None)


def fetched(address: str) -> bytes:
    """Return the file that a link of the page leads to."""
    path = unquote(urlsplit(unescape(address)).path)
    bucket = settings.text("PEOPLE_LISTS_BUCKET")
    key = path[path.index("/exports/") :].removeprefix("/")
    found = [
        each["Key"]
        for each in boto3.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
        if each["Key"].endswith(key)
    ]
    body: bytes = boto3.client("s3").get_object(Bucket=bucket, Key=found[0])["Body"].read()
    return body


def test_an_export_is_ordered_once_followed_and_its_files_are_fetched() -> None:
    visitor = signed_in()
    assert "Nothing was exported yet." in visitor.get("exports").text
    form = {"kinds": "members", "format": "csv", "key": "k1"}
    first, second = (visitor.post("exports/new", **form) for _ in range(2))
    assert first.location == second.location
    path = first.location.partition("?")[0]
    seen = visitor.get(path).text
    assert "Under way" in seen
    assert "0 of 1 kinds" in seen
    write()
    page = visitor.get(path)
    for text in ("Progress Done", "1 of 1 kinds", "files until", "manifest.json", "as csv, by b"):
        assert text in page.text
    links = re.findall(r'<a href="(https?://[^"]+)" download', page.html)
    manifest, members = (fetched(link) for link in links)
    rows = list(csv.reader(io.StringIO(members.decode("utf-8-sig"))))
    assert any("'=Lin <u>" in row for row in rows)
    (listed,) = json.loads(manifest)["kinds"]
    assert listed["files"][0]["sha256"] == hashlib.sha256(members).hexdigest()
    assert "Done" in visitor.get("exports").text


def test_an_export_is_cancelled_and_hands_out_nothing() -> None:
    visitor = signed_in(language="zh")
    path = visitor.post("exports/new", format="ndjson", key="k2").location.partition("?")[0]
    assert f"{len(NAMES)} 类数据" in visitor.get(path).text
    assert visitor.post(path).location == f"{path}?done=cancelled"
    write()
    seen = visitor.get(path)
    assert "已取消" in seen.text
    assert "download" not in seen.html
    assert ask("GET", path)["status"] == "cancelled"


def test_files_that_were_written_can_be_withdrawn() -> None:
    visitor = signed_in()
    path = visitor.post("exports/new", kinds="members", format="csv", key="k3").location
    path = path.partition("?")[0]
    write()
    assert "download" in visitor.get(path).html
    visitor.post(path)
    assert "download" not in visitor.get(path).html


def test_what_cannot_be_exported_is_said_and_nothing_starts() -> None:
    visitor = signed_in()
    for wrong in ({"kinds": "secrets"}, {"format": "pdf"}):
        given = {"format": "csv", "key": "k4"} | wrong
        assert visitor.post("exports/new", **given).status == 400
    assert ask("GET", "exports")["items"] == []
    assert visitor.get("exports/nothing").status in {400, 404}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_form_offers_every_kind_once(language: str) -> None:
    page = signed_in(language=language).get("exports/new").html
    assert sorted(re.findall(r'name="kinds" value="([^"]+)"', page)) == sorted(NAMES)


def test_only_operators_see_exports() -> None:
    visitor = signed_in("member promoter merchant", "lin")
    for path in ("exports", "exports/new", "exports/x"):
        assert visitor.get(path).status == 403
        assert visitor.post(path).status in {403, 404, 405}
