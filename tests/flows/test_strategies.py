"""Strategies, templates and the proof of what was sent, over HTTP (E1, E7, E9)."""

from typing import Any

from tests.support.client import Organization, eventually

CHANNEL = {"wait_seconds": 60, "success": "delivered"}
WORDS = {
    "locales": {
        "zh-CN": {"title": "{name}: 春茶", "body": "到了"},
        "en": {"title": "Tea, {name}", "body": "It is here."},
    },
    "fallback_locale": "en",
    "variables": ["name"],
}


def put_strategy(acme: Organization, strategy_id: str, *channels: str, **more: Any) -> int:
    """Put a strategy and return its version."""
    price = {"amount_micros": 10_000, "currency": "CNY"}
    given = [CHANNEL | {"channel": channel, "price": price} for channel in channels]
    body = {"purpose": "service", "channels": given} | more
    answer = acme.operator.put(f"{acme.path}/strategies/{strategy_id}", body).expect(200)
    return int(answer.json["version"])


def test_strategies_are_versioned_shown_listed_and_rehearsed(acme: Organization) -> None:
    """E1, E7."""
    quiet = {"start": "22:00", "end": "08:00"}
    assert put_strategy(acme, "shown", "app", "sms") == 1
    assert put_strategy(acme, "shown", "app", "sms", quiet_hours=quiet) == 2
    path = f"{acme.path}/strategies"
    assert acme.operator.get(f"{path}/shown").expect(200).json["quiet_hours"] == quiet
    first = acme.operator.get(f"{path}/shown?version=1").expect(200).json
    assert "quiet_hours" not in first

    def latest() -> list[int]:
        items = acme.operator.get(f"{path}?limit=100").expect(200).json["items"]
        return [item["version"] for item in items if item["strategy_id"] == "shown"]

    eventually("the list to have the latest version", lambda: latest() == [2] or None)
    body = {"user_id": "nobody", "version": 1}
    dry = acme.operator.post(f"{path}/shown/dry-run", body).expect(200).json
    assert [each["sent"] for each in dry["channels"]] == [True, True]
    (cost,) = dry["cost"]
    assert (cost["best_micros"], cost["worst_micros"]) == (10_000, 20_000)


def test_a_provider_carries_only_the_purposes_it_may(acme: Organization) -> None:
    """E7: WeChat's template messages bar marketing."""
    acme.put_wechat()
    path = f"{acme.path}/strategies/none"
    body = {"purpose": "marketing", "channels": [CHANNEL | {"channel": "a", "provider": "wechat"}]}
    refused = acme.operator.put(path, body).expect(409).json
    assert refused["type"] == "urn:sluice:problem:purpose-not-allowed"
    assert [fault["field"] for fault in refused["fields"]] == ["channels[0].provider"]
    acme.operator.put(path, body | {"purpose": "service"}).expect(200)
    acme.operator.put(path, body | {"purpose": "fun"}).expect(400)


def test_a_template_is_told_in_the_users_language_and_its_words_are_proved(
    acme: Organization,
) -> None:
    """E7, E9."""
    path = acme.path
    acme.operator.put(f"{path}/templates/tea", WORDS).expect(200)
    put_strategy(acme, "tea", "app")
    acme.operator.put(f"{path}/recipients/chinese", {"locale": "zh-CN"}).expect(200)
    body = {"strategy_id": "tea", "template_id": "tea", "variables": {"name": "Lin"}}
    for user_id in ("chinese", "other"):
        acme.operator.post(f"{path}/pushes", body | {"user_id": user_id}).expect(202)
    acme.operator.post(f"{path}/pushes", body | {"user_id": "u", "variables": {}}).expect(400)

    def title(user_id: str) -> str:
        messages = f"{path}/sandbox/messages?user_id={user_id}"
        found = eventually(
            "the message", lambda: acme.operator.get(messages).json["messages"] or None
        )
        return str(found[0]["title"])

    assert (title("chinese"), title("other")) == ("Lin: 春茶", "Tea, Lin")

    def chained() -> dict[str, Any] | None:
        found: dict[str, Any] = acme.operator.get(f"{path}/contents/verify").expect(200).json
        return found if found["length"] >= len(WORDS["locales"]) else None

    found = eventually("both wordings to be chained", chained)
    assert (found["items"], found["complete"]) == ([], True)
    head = found["head"]
    query = f"after={head['position']}&hash={head['hash']}"
    again = acme.operator.get(f"{path}/contents/verify?{query}").expect(200).json
    assert again["items"] == []
    other = f"after={head['position']}&hash=sha256:{'0' * 64}"
    forged = acme.operator.get(f"{path}/contents/verify?{other}").expect(200).json
    assert [each["what"] for each in forged["items"]] == ["changed"]
