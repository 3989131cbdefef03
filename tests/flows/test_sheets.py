"""CSV over HTTP (F7, A8): what goes out comes in again, and each line that is refused is told."""

import csv
import io
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.support.client import Organization, eventually, within_a_day

CSV = {"Content-Type": "text/csv; charset=utf-8"}
CHANNELS = (
    "channel_id,name,kind,provider_ref,cap,owner_id\r\n"
    "tea-1,茶友群 1,group,g-1,200,\r\n"
    "lin,=林,contact,wx-lin,500,lin\r\n"
    "ghost,Nobody's,contact,wx-0,5,nobody\r\n"
    "bad,Bad,contact,wx-1,many,\r\n"
)


def send(acme: Organization, path: str, sheet: str) -> dict[str, Any]:
    answer = acme.operator.send("POST", f"{acme.path}/{path}", sheet.encode(), CSV)
    found: dict[str, Any] = answer.expect(200).json
    return found


def sheet_of(acme: Organization, path: str) -> str:
    answer = acme.operator.get(f"{acme.path}/{path}").expect(200)
    assert answer.headers["content-type"].startswith("text/csv")
    return answer.body.decode()


def rows(sheet: str) -> list[dict[str, str]]:
    text = io.StringIO(sheet.removeprefix("\ufeff"), newline="")
    return list(csv.DictReader(text, strict=True))


def test_channels_come_and_go_as_a_sheet(acme: Organization) -> None:
    acme.put_member("lin")
    refused = send(acme, "channels", CHANNELS)
    assert (refused["total"], refused["stored"]) == (4, 0)
    assert [(each["line"], each["field"]) for each in refused["refused"]] == [(5, "cap")]
    assert rows(sheet_of(acme, "channels?format=csv")) == []
    partly = send(acme, "channels?partial=true", CHANNELS)
    assert partly["stored"] == 2
    assert [(each["line"], each["field"]) for each in partly["refused"]] == [
        (4, "owner_id"),
        (5, "cap"),
    ]
    sheet = eventually(
        "both channels to be listed",
        lambda: found if len(rows(found := sheet_of(acme, "channels?format=csv"))) == 2 else None,
    )
    assert [(row["channel_id"], row["name"]) for row in rows(sheet)] == [
        ("lin", "'=林"),
        ("tea-1", "茶友群 1"),
    ]
    assert send(acme, "channels", sheet)["stored"] == 2
    listed = acme.operator.get(f"{acme.path}/channels").expect(200).json["items"]
    assert [(item["channel_id"], item["name"]) for item in listed] == [
        ("lin", "=林"),
        ("tea-1", "茶友群 1"),
    ]


def test_members_come_and_go_as_a_sheet(acme: Organization) -> None:
    acme.put_member("lin")
    sheet = sheet_of(acme, "members?format=csv")
    assert {row["member_id"] for row in rows(sheet)} >= {"lin"}
    assert send(acme, "members?dry_run=true", sheet)["refused"] == []
    more = "member_id,name,roles,tags,email\r\nwu,Wu,member promoter,a;b c,\r\n"
    assert send(acme, "members", more)["stored"] == 1
    items = acme.operator.get(f"{acme.path}/members").expect(200).json["items"]
    (wu,) = (item for item in items if item["member_id"] == "wu")
    assert (wu["roles"], wu["tags"]) == (["member", "promoter"], ["a", "b c"])


def test_statistics_of_a_day_come_as_a_sheet(acme: Organization) -> None:
    within_a_day("Asia/Shanghai")
    acme.put_channel("a")
    seat = acme.seat(acme.issue())
    acme.tell(seat)
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()
    path = "statistics/channels?by=day&format=csv&id=a"
    (row,) = eventually(
        "the connection",
        lambda: [row for row in rows(sheet_of(acme, path)) if row["connections"] == "1"] or None,
    )
    assert (row["day"], row["id"], row["joins"], row["net"]) == (today, "a", "1", "1")
    assert (row["retained_1"], row["customers"]) == ("", "")
