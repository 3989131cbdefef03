"""An organisation exported over HTTP: files by their addresses, as many rows as its lists (F7)."""

import hashlib
import json
import urllib.request
from typing import Any

import pytest

from tests.flows.test_promotion import invite, phone, put_customer, put_promotion, user
from tests.support.client import Organization, eventually
from tests.support.routes import Target

pytestmark = pytest.mark.xdist_group("flows")
LISTS = {
    "members": "members",
    "channels": "channels",
    "codes": "codes",
    "assignments": "assignments?channel_id=a",
    "offers": "offers",
    "campaigns": "campaigns",
    "promotions": "promotions",
    "segments": "segments",
    "strategies": "strategies",
    "runs": "runs",
    "payouts": "payouts",
    "webhooks": "webhooks",
}


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as answer:
        data: bytes = answer.read()
        return data


def export(acme: Organization, **order: Any) -> dict[str, Any]:
    path = f"{acme.path}/exports"
    export_id = acme.operator.post(path, order).expect(202).json["export_id"]

    def look() -> dict[str, Any] | None:
        seen: dict[str, Any] = acme.operator.get(f"{path}/{export_id}").expect(200).json
        return None if seen["status"] == "running" else seen

    return eventually("the export to end", look)


def listed(acme: Organization, path: str) -> int:
    count, cursor = 0, ""
    for _ in range(20):
        sign = "&" if "?" in path else "?"
        more = f"{sign}cursor={cursor}" if cursor else ""
        page = acme.operator.get(f"{acme.path}/{path}{more}").expect(200).json
        count += len(page["items"])
        cursor = page.get("next_cursor", "")
        if not cursor:
            break
    return count


def test_an_organization_is_exported_whole(target: Target) -> None:
    """F7: with the rights of the function that writes; each file as the manifest says."""
    acme = target.acme
    wanted = {kind: listed(acme, path) for kind, path in LISTS.items()}
    done = export(acme)
    assert done["status"] == "done", done
    assert {kind: done["rows"][kind] for kind in LISTS} == wanted
    assert sum(map(bool, wanted.values())) >= 8, "there is something of most kinds"
    data = fetch(done["manifest_url"])
    assert hashlib.sha256(data).hexdigest() == done["manifest_sha256"]
    manifest = json.loads(data)
    assert {one["kind"]: one["rows"] for one in manifest["kinds"]} == done["rows"]
    for file in done["files"]:
        data = fetch(file["url"])
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["size_bytes"], file["sha256"])
        assert len([json.loads(line) for line in data.splitlines()]) == file["rows"]
        assert acme.partner_secret.encode() not in data


def test_what_no_list_leads_to_is_exported_of_one_organization(
    acme: Organization, target: Target
) -> None:
    """F7: with the right to scan, in tables that others use, too."""
    for home in (acme, target.acme):
        home.operator.put(f"{home.path}/recipients/u-1", {"tags": ["vip"]}).expect(200)
    put_promotion(acme)
    put_customer(acme, user("u-1"))
    invited = invite(acme, "u-1", phone())["invitations"]
    push = {"strategy_id": "told", "user_id": "u-1", "content": {"title": "T", "body": "B"}}
    push_id = acme.operator.post(f"{acme.path}/pushes", push).expect(202).json["push_id"]
    kinds = ["recipients", "pushes", "invitations", "inviters", "people"]
    done = export(acme, kinds=kinds)
    rows = {
        file["kind"]: [json.loads(line) for line in fetch(file["url"]).splitlines()]
        for file in done["files"]
    }
    assert done["rows"] == dict.fromkeys(kinds, 1) | {"people": 2}, done
    assert rows["recipients"][0]["tags"] == ["vip"]
    assert rows["pushes"][0]["push_id"] == push_id
    assert rows["invitations"][0]["invitation_id"] == invited[0]["invitation_id"]
    assert rows["inviters"][0]["user_id"] == "u-1"
    assert {row["what"] for row in rows["people"]} == {"list", "user"}


def test_what_is_exported_as_csv_is_imported_again(target: Target) -> None:
    """F7."""
    acme = target.acme
    done = export(acme, kinds=["members", "channels"], format="csv")
    for file in done["files"]:
        sheet = fetch(file["url"])
        path = f"{acme.path}/{file['kind']}?dry_run=true"
        told = (
            acme.operator.send("POST", path, sheet, {"Content-Type": "text/csv"}).expect(200).json
        )
        assert (told["total"], told["refused"]) == (file["rows"], [])
