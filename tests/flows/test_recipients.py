"""Recipients: what they agreed to, their links, their inbox, how they are forgotten (E3, E7)."""

from typing import Any

from infra.demo.client import timestamp
from tests.support.client import Organization, eventually

LINK = "https://tea.example/spring"
CONTENT = {"title": "Spring tea", "body": "Ten percent off", "link": LINK}
BROWSER = {"User-Agent": "Mozilla/5.0 (iPhone) Safari/604.1", "Accept-Language": "en"}
USER = "u-1"


def put_chain(acme: Organization, purpose: str, success: str, **channel: Any) -> None:
    """Put a strategy of two channels; no test waits for the second."""
    account = {"type": "sandbox", "settings": {"script": {"*": "accept"}}}
    acme.operator.put(f"{acme.path}/provider-accounts/sandbox", account).expect(200)
    first = {"channel": "first", "wait_seconds": 900, "success": success} | channel
    second = {"channel": "second", "wait_seconds": 60}
    body = {"purpose": purpose, "channels": [first, second]}
    acme.operator.put(f"{acme.path}/strategies/chain", body).expect(200)


def put_recipient(acme: Organization, user_id: str = USER, **changes: Any) -> None:
    said = {"granted": True, "at": "2026-01-05T08:00:00Z", "source": "shop"}
    body = {"addresses": {"phone": "+8613800000001"}, "consents": {"*/marketing": said}} | changes
    acme.operator.put(f"{acme.path}/recipients/{user_id}", body).expect(200)


def start(acme: Organization, user_id: str = USER) -> str:
    body = {"strategy_id": "chain", "user_id": user_id, "content": CONTENT}
    return str(acme.operator.post(f"{acme.path}/pushes", body).expect(202).json["push_id"])


def became(acme: Organization, push_id: str, status: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        view: dict[str, Any] = acme.operator.get(f"{acme.path}/pushes/{push_id}").expect(200).json
        return view if view["status"] == status else None

    return eventually(f"the push to be {status}", look)


def message(acme: Organization, user_id: str = USER) -> dict[str, Any]:
    """Wait for what the sandbox delivered to a user last."""
    path = f"{acme.path}/sandbox/messages?user_id={user_id}&limit=1"

    def look() -> dict[str, Any] | None:
        found: list[dict[str, Any]] = acme.operator.get(path).expect(200).json["messages"]
        return found[0] if found else None

    return eventually("a message", look)


def test_who_unsubscribes_by_one_click_gets_no_more_marketing(acme: Organization) -> None:
    """E7: page first, then the button; a nightly import with the old consent changes nothing."""
    put_chain(acme, "marketing", "delivered")
    put_recipient(acme)
    start(acme)
    tracking_id = message(acme)["tracking_id"]
    assert message(acme)["unsubscribe_url"].endswith(f"/u/{tracking_id}")
    page = acme.anyone.send("GET", f"/u/{tracking_id}", None, BROWSER).expect(200)
    assert b'method="post"' in page.body
    form = BROWSER | {"Content-Type": "application/x-www-form-urlencoded"}
    for _ in range(2):
        one_click = b"List-Unsubscribe=One-Click"
        acme.anyone.send("POST", f"/u/{tracking_id}", one_click, form).expect(200)
    put_recipient(acme)
    view = acme.operator.get(f"{acme.path}/recipients/{USER}").expect(200).json
    consent = view["consents"]["*/marketing"]
    assert (consent["granted"], consent["source"]) == (False, "unsubscribe_link")
    became(acme, start(acme), "withheld")


def test_without_consent_marketing_is_withheld_and_service_is_not(acme: Organization) -> None:
    """E7."""
    put_chain(acme, "marketing", "delivered")
    became(acme, start(acme), "withheld")
    put_chain(acme, "service", "delivered")
    start(acme)
    assert message(acme)["title"] == CONTENT["title"]


def test_a_click_on_our_link_is_the_evidence_where_the_provider_tells_nothing(
    acme: Organization,
) -> None:
    """E3: a preview before it is not."""
    put_chain(acme, "service", "clicked")
    push_id = start(acme)
    tracking_id = message(acme)["tracking_id"]
    preview = {"User-Agent": "facebookexternalhit/1.1"}
    acme.anyone.send("GET", f"/l/{tracking_id}", None, preview).expect(302)
    picture = acme.anyone.send("GET", f"/o/{tracking_id}", None, BROWSER).expect(200)
    assert picture.headers["content-type"] == "image/gif"
    assert picture.body.startswith(b"GIF89a")
    view = acme.operator.get(f"{acme.path}/pushes/{push_id}").expect(200).json
    assert (view["status"], view["attempts"][0]["level"]) == ("running", "seen")
    for _ in range(2):
        answer = acme.anyone.send("GET", f"/l/{tracking_id}", None, BROWSER).expect(302)
        assert answer.headers["location"] == LINK
    became(acme, push_id, "reached")


def test_an_app_fetches_its_users_messages_and_reports_them(acme: Organization) -> None:
    """E1, E3: a pop-up in the inbox, seen."""
    acme.operator.put(f"{acme.path}/provider-accounts/app", {"type": "inbox"}).expect(200)
    put_chain(acme, "service", "seen", provider="app", display="popup")
    push_id = start(acme)
    app = {"Authorization": f"Bearer {acme.identity_token(USER, 'inbox')}"}
    path = f"/inbox/{acme.id}"

    def look() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (
            acme.anyone.send("GET", path, None, app).expect(200).json["items"]
        )
        return items

    (popup,) = eventually("a message in the inbox", lambda: look() or None)
    assert (popup["display"], popup["title"]) == ("popup", CONTENT["title"])
    body = {"events": [{"tracking_id": popup["tracking_id"], "event": "seen"}]}
    other = {"Authorization": f"Bearer {acme.identity_token('u-2', 'inbox')}"}
    refused = acme.anyone.post(f"{path}/events", body, other).expect(202)
    assert refused.json["outcomes"] == ["unknown"]
    taken = acme.anyone.post(f"{path}/events", body, app).expect(202)
    assert taken.json["outcomes"] == ["recorded"]
    became(acme, push_id, "reached")
    assert "seen_at" in look()[0]
    acme.anyone.get(path).expect(401)


def test_recipients_come_by_file_and_by_event_and_are_forgotten(acme: Organization) -> None:
    """E7, F7."""
    sheet = "user_id,phone,tags\r\nu-1,+8613800000001,vip\r\nu-2,+8613800000002,vip;tea\r\n"
    csv = {"Content-Type": "text/csv"}
    path = f"{acme.path}/recipients"
    answer = acme.operator.send("POST", path, sheet.encode(), csv).expect(200)
    assert (answer.json["stored"], answer.json["refused"]) == (2, [])
    data = {"user_id": "u-3", "addresses": {"email": "lin@example.com"}}
    event = f"/partners/{acme.id}/recipients"
    acme.anyone.post_event(event, acme.partner_secret, "recipient.put.v1", data).expect(200)
    shown = acme.operator.get(f"{path}/u-3").expect(200).json
    assert shown["addresses"] == {"email": "l***@example.com"}
    behaviour = {"user_id": "u-3", "kind": "opened", "at": timestamp()}
    acme.anyone.post_event(
        f"/partners/{acme.id}/behaviours", acme.partner_secret, "behaviour.recorded.v1", behaviour
    ).expect(202)
    for _ in range(2):
        acme.operator.delete(f"{path}/u-3").expect(204)
    acme.operator.get(f"{path}/u-3").expect(404)
    tables = acme.deployment.items(acme.id)
    kept = tables["RecipientsTable"] + tables["BehavioursTable"]
    (mark,) = [
        item for item in kept if "u-3" in item
    ]  # of the erasure, for what was ordered before
    assert "erased_at" in mark
    assert "lin@" not in mark
    acme.operator.get(f"{path}/u-2").expect(200)
