"""A run over HTTP, to 250 users or to 2,000: an uploaded list, a pause in the middle (E8)."""

import json
import urllib.request
from functools import partial
from typing import Any

import pytest

from tests.support.client import Organization, eventually

REFUSED = 20  # of them at the first channel
SECONDS = 600.0
CONTENT = {"title": "Spring tea", "body": "Ten percent off", "content_id": "spring"}
NDJSON = "application/x-ndjson"


def put_strategy(acme: Organization) -> None:
    """Put a strategy over two channels, the first of which refuses some users."""
    script = {f"u-{number}/app": "reject" for number in range(REFUSED)} | {"*": "accept"}
    account = {"type": "sandbox", "settings": {"script": script}}
    acme.operator.put(f"{acme.path}/provider-accounts/sandbox", account).expect(200)
    channels = [{"channel": name, "wait_seconds": 86_400} for name in ("app", "sms")]
    body = {"purpose": "service", "channels": channels}
    acme.operator.put(f"{acme.path}/strategies/everybody", body).expect(200)


def order(acme: Organization, data: bytes, **says: Any) -> str:
    """Order a run of an uploaded list, and upload it; returns the run's id."""
    body = {
        "strategy_id": "everybody",
        "audience": {"upload": {"format": "ndjson", "size_bytes": len(data)}},
    } | (says or {"content": CONTENT})
    answer = acme.operator.post(f"{acme.path}/runs", body).expect(202).json
    request = urllib.request.Request(
        answer["upload_url"], data=data, method="PUT", headers={"Content-Type": NDJSON}
    )
    with urllib.request.urlopen(request, timeout=30) as uploaded:
        assert uploaded.status == 200
    return str(answer["run_id"])


def read(acme: Organization, run_id: str) -> dict[str, Any]:
    found: dict[str, Any] = acme.operator.get(f"{acme.path}/runs/{run_id}").expect(200).json
    return found


def become(acme: Organization, run_id: str, status: str) -> None:
    acme.operator.put(f"{acme.path}/runs/{run_id}", {"status": status}).expect(200)


def messages_to(acme: Organization, user_id: str) -> list[dict[str, Any]] | None:
    path = f"{acme.path}/sandbox/messages?user_id={user_id}"
    return acme.operator.get(path).expect(200).json["messages"] or None


# Batches are of 100, side by side: the last one, of 50, ends while the others are under way.
@pytest.mark.parametrize("users", [250, pytest.param(2_000, marks=pytest.mark.proof)])
def test_users_get_one_message_each_with_a_pause_between(acme: Organization, users: int) -> None:
    put_strategy(acme)
    lines = [json.dumps({"user_id": f"u-{number}"}) for number in range(users)]
    lines[7:7] = ["no user", lines[0]]
    run_id = order(acme, "\n".join(lines).encode())
    assert read(acme, run_id)["status"] == "uploading"
    become(acme, run_id, "running")

    def begun() -> dict[str, Any] | None:
        view = read(acme, run_id)
        return view if view["progress"]["batches"] else None

    eventually("the first batch", begun, SECONDS)
    become(acme, run_id, "paused")
    assert read(acme, run_id)["status"] == "paused"
    become(acme, run_id, "running")

    def finished() -> dict[str, Any] | None:
        view = read(acme, run_id)
        return view if view["status"] not in {"running", "paused"} else None

    view = eventually("the run to finish", finished, SECONDS)
    assert (view["status"], view["users"], view["rejected"]) == ("finished", users, 1)
    assert [reject["line"] for reject in view["rejects"]] == [8]
    assert view["repeated"] == 1
    progress = view["progress"]
    assert progress["batches"] == view["batches"]
    assert (progress["sent"], progress["refused"]) == (users - REFUSED, REFUSED)
    for user_id in ("u-0", f"u-{users // 2}", f"u-{users - 1}"):
        assert len(eventually("a message", partial(messages_to, acme, user_id))) == 1


def test_each_user_is_told_in_their_language_with_their_own_values(acme: Organization) -> None:
    """By a template (E7): who lacks a value is listed, and gets nothing."""
    put_strategy(acme)
    words = {"en": "Tea, {name}", "zh-CN": "{name}，茶到了"}
    locales = {name: {"title": title, "body": "{tea}"} for name, title in words.items()}
    given = {"locales": locales, "fallback_locale": "en", "variables": ["name", "tea"]}
    acme.operator.put(f"{acme.path}/templates/spring-tea", given).expect(200)
    acme.operator.put(f"{acme.path}/recipients/wei", {"locale": "zh-CN"}).expect(200)
    rows = [
        {"user_id": "li", "variables": {"name": "Li"}},
        {"user_id": "wei", "variables": {"name": "Wei"}},
        {"user_id": "z"},
    ]
    data = "\n".join(map(json.dumps, rows)).encode()
    said = {"template_id": "spring-tea", "variables": {"tea": "Oolong"}}
    run_id = order(acme, data, **said)
    become(acme, run_id, "running")

    def finished() -> dict[str, Any] | None:
        view = read(acme, run_id)
        return view if view["status"] == "finished" else None

    view = eventually("the run to finish", finished, SECONDS)
    assert view["rejects"] == [{"line": 3, "reason": "missing: name"}]
    for user_id, title in (("li", "Tea, Li"), ("wei", "Wei，茶到了")):
        (told,) = eventually("a message", partial(messages_to, acme, user_id))
        assert (told["title"], told["body"]) == (title, "Oolong")
    assert messages_to(acme, "z") is None
