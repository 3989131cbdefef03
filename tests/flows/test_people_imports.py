"""Lists of people over HTTP: uploaded, read in the background, cancelled, taken back (C1, C3)."""

import urllib.request
from datetime import UTC, datetime
from typing import Any

from tests.flows.test_promotion import (
    PROMOTION,
    invite,
    phone,
    put_customer,
    put_promotion,
    settled,
    take_part,
    user,
)
from tests.support.client import Organization, eventually

CUSTOMERS = "existing_customers"
PIECES, ROWS = 80, 16  # of a list that is long by empty lines; and in each piece
EMPTY_BYTES = 4_000


def order(acme: Organization, data: bytes, **more: Any) -> str:
    """Order an import of a list, and upload it; returns the import's id."""
    body = {"size_bytes": len(data), "list": CUSTOMERS, **more}
    answer = acme.operator.post(f"{acme.path}/people-imports", body).expect(202).json
    headers = {"Content-Type": "text/csv"}
    request = urllib.request.Request(answer["upload_url"], data=data, method="PUT", headers=headers)
    with urllib.request.urlopen(request, timeout=30) as uploaded:
        assert uploaded.status == 200
    return str(answer["import_id"])


def read(acme: Organization, import_id: str) -> dict[str, Any]:
    path = f"{acme.path}/people-imports/{import_id}"
    found: dict[str, Any] = acme.operator.get(path).expect(200).json
    return found


def become(acme: Organization, import_id: str, status: str) -> Any:
    return acme.operator.put(f"{acme.path}/people-imports/{import_id}", {"status": status})


def ended(acme: Organization, import_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        seen = read(acme, import_id)
        return None if seen["status"] == "running" else seen

    return eventually("the import to end", look)


def play(acme: Organization, data: bytes, **more: Any) -> dict[str, Any]:
    import_id = order(acme, data, **more)
    become(acme, import_id, "running").expect(200)
    return ended(acme, import_id)


def lists_of(acme: Organization, *given: dict[str, str]) -> list[str]:
    """Return which lists somebody is on, by saying nothing more of them."""
    answer = acme.operator.put(f"{acme.path}/people", {"identities": [*given]}).expect(200)
    return [each["list"] for each in answer.json["lists"]]


def keys_in(acme: Organization) -> list[str]:
    bucket = acme.deployment.resource("PeopleLists")
    found = acme.deployment.aws("s3").list_objects_v2(Bucket=bucket, Prefix=acme.id)
    return [each["Key"] for each in found.get("Contents", [])]


def test_a_list_is_read_forgotten_repeated_and_taken_back(acme: Organization) -> None:
    """C1, C3, C6: what was not taken is told by line, and no number stays anywhere."""
    numbers = [phone() for _ in range(40)]
    lines = [f"{each['value']},kd-{n},u-{n}" for n, each in enumerate(numbers)]
    lines[5:5] = ["13800000001,,", "nobody"]
    data = "\r\n".join(["phone,id:app1,user", *lines]).encode()
    first = play(acme, data)
    assert (first["status"], first["stored"], first["rejected"]) == ("done", 40, 2)
    assert first["offset_bytes"] == len(data)
    with urllib.request.urlopen(first["rejects_url"], timeout=30) as answer:
        rejects = answer.read().decode().splitlines()
    assert [line.split(",")[0] for line in rejects] == ["line", "7", "8"]
    assert "13800000001" not in str(rejects)
    assert keys_in(acme) == [f"{acme.id}/{first['import_id']}/rejects-{len(data)}.csv"]
    app1 = {"kind": "id:app1", "value": "kd-7"}
    assert lists_of(acme, app1) == lists_of(acme, numbers[7]) == [CUSTOMERS]
    before = acme.deployment.items(acme.id)["PeopleTable"]
    assert play(acme, data)["stored"] == 40
    after = acme.deployment.items(acme.id)["PeopleTable"]
    assert len(after) == len(before) + 1, "one import more, and the same people"
    assert play(acme, data, action="remove")["status"] == "done"
    assert lists_of(acme, app1) == []
    page = acme.operator.get(f"{acme.path}/people-imports?limit=2").expect(200).json
    assert len(page["items"]) == 2
    assert page["items"][1]["import_id"] > first["import_id"], "the newest come first"
    assert numbers[0]["value"][4:] not in str(acme.deployment.items(acme.id))


def test_a_list_is_cancelled_on_its_way_and_one_that_is_none_fails(acme: Organization) -> None:
    everybody = PIECES * ROWS
    lines = [f"+861380{n:07}\n{(' ' * EMPTY_BYTES + '\n') * 4}" for n in range(everybody)]
    import_id = order(acme, "".join(["phone\n", *lines]).encode())
    become(acme, import_id, "running").expect(200)
    eventually("its first piece", lambda: read(acme, import_id)["stored"] or None)
    assert become(acme, import_id, "cancelled").expect(200).json["status"] == "cancelled"
    stored = read(acme, import_id)["stored"]
    assert 0 < stored < everybody
    assert become(acme, import_id, "running").problem == "import-cannot"
    none = play(acme, b"name\nLin\n")
    assert (none["status"], none["stored"]) == ("failed", 0)
    assert "Lin" not in none["why"]
    assert read(acme, import_id)["stored"] == stored, "it went no further"


def test_a_list_of_acts_rewards_those_who_wait_for_it(acme: Organization) -> None:
    """C4, C5: the record of the act comes from another system, at night."""
    put_promotion(acme)
    put_customer(acme, user("ann"))
    number = phone()
    invite(acme, "ann", number)
    seen = take_part(acme, user("new"), number)
    assert seen["state"] == "waiting"
    at = datetime.now(UTC).isoformat()
    data = f"phone,at,reference\n{number['value']},{at},pay-7\n".encode()
    assert play(acme, data, list=f"activity:{PROMOTION}")["stored"] == 1
    assert settled(acme, seen["participation_id"])["state"] == "rewarded"
