"""Webhooks: where events are sent, what came of each, sending again (F3)."""

from typing import Any

from sluice.console.pages import OPERATORS, Result, Visit, page
from sluice.shared import errors

_SHOWN = 50  # deliveries of a page
_REPLAYS = 5  # calls of one press: 100 deliveries each


@page("webhooks", roles=OPERATORS)
def show_all(visit: Visit) -> Result:
    """Show all webhooks and how they fare: one call."""
    return visit.show("webhooks/list.html", answer=visit.api.get("webhooks"))


@page("webhooks/new", roles=OPERATORS)
def ask_for_new(visit: Visit) -> Result:
    """Ask where to send what."""
    return visit.show("webhooks/edit.html", webhook={})


@page("webhooks/new", roles=OPERATORS, method="POST")
def add(visit: Visit) -> Result:
    """Add a webhook and show its secret, this once: two calls."""
    webhook_id = visit.form.text("webhook_id")
    if visit.api.get_if_any("webhooks", webhook_id) is not None:
        raise errors.Invalid("There is a webhook with this id.", [("webhook_id", "is taken")])
    return _told(visit, visit.api.put("webhooks", webhook_id, body=_given(visit)))


@page("webhooks/{webhook_id}", roles=OPERATORS)
def show(visit: Visit) -> Result:
    """Show a webhook and a page of its deliveries: two calls at the same time."""
    name = visit.path["webhook_id"]
    webhook, answer = visit.api.gather(
        (("webhooks", name), {}),
        (("webhooks", name, "deliveries"), {"limit": _SHOWN, "cursor": visit.query.get("cursor")}),
    )
    if webhook is None or answer is None:
        raise errors.NotFound("There is no such webhook.")
    return visit.show("webhooks/show.html", webhook=webhook, answer=answer)


@page("webhooks/{webhook_id}", roles=OPERATORS, method="POST")
def act(visit: Visit) -> Result:
    """Send a test, send again what did not arrive, replace the secret, or remove: 1 to 5 calls."""
    name = visit.path["webhook_id"]
    match visit.form.text("act"):
        case "test":
            sent = visit.api.post("webhooks", name, "test")
            return visit.go("webhooks", name, "deliveries", sent["delivery_id"], done="sent")
        case "replay":
            return _replay(visit, name)
        case "rotate":
            return _rotate(visit, name)
        case "remove":
            visit.api.delete("webhooks", name)
            return visit.go("webhooks", done="removed")
        case _:
            raise errors.Invalid("This form cannot be read.")


@page("webhooks/{webhook_id}/edit", roles=OPERATORS)
def ask_to_change(visit: Visit) -> Result:
    """Show a webhook, to change."""
    webhook = visit.api.get("webhooks", visit.path["webhook_id"])
    return visit.show("webhooks/edit.html", webhook=webhook)


@page("webhooks/{webhook_id}/edit", roles=OPERATORS, method="POST")
def change(visit: Visit) -> Result:
    """Change a webhook; who was disabled is called again. Of one that went meanwhile: not found."""
    name = visit.path["webhook_id"]
    visit.api.get("webhooks", name)
    answer = visit.api.put("webhooks", name, body=_given(visit))
    if "secret" in answer:  # it was removed at this very moment, and is a new one
        return _told(visit, answer)
    return visit.go("webhooks", name, done="saved")


@page("webhooks/{webhook_id}/deliveries/{delivery_id}", roles=OPERATORS)
def show_delivery(visit: Visit) -> Result:
    """Show a delivery with its attempts: one call."""
    delivery = visit.api.get(*_delivery(visit))
    return visit.show("webhooks/delivery.html", delivery=delivery)


@page("webhooks/{webhook_id}/deliveries/{delivery_id}", roles=OPERATORS, method="POST")
def replay(visit: Visit) -> Result:
    """Send a delivery again, whatever became of it."""
    visit.api.post(*_delivery(visit), "replay")
    return visit.go(*_delivery(visit), done="sent")


def _delivery(visit: Visit) -> tuple[str, ...]:
    return "webhooks", visit.path["webhook_id"], "deliveries", visit.path["delivery_id"]


def _given(visit: Visit) -> dict[str, Any]:
    form = visit.form
    optional = form.given(description=form.text("description"), status=form.text("status"))
    return {"url": form.text("url"), "events": form.texts("events"), **optional}


def _replay(visit: Visit, name: str) -> Result:
    """Send again what failed or was held; what one press does not reach, the next one does."""
    since = visit.form.moment("since", visit.zone)
    count, cursor = 0, None
    for _ in range(_REPLAYS):
        asked = {"since": since, "cursor": cursor}
        done = visit.api.post("webhooks", name, "replays", query=asked)
        count, cursor = count + done["replayed"], done.get("next_cursor")
        if not cursor:
            break
    left = {"more": "yes"} if cursor else {}
    return visit.go("webhooks", name, replayed=str(count), **left)


def _rotate(visit: Visit, name: str) -> Result:
    """Replace the secret of the version that was seen; all else stays as it is."""
    webhook = visit.api.get("webhooks", name)
    if webhook["status"] == "disabled":
        raise errors.Invalid("Make it active first.")
    kept = {field: webhook.get(field) for field in ("url", "events", "description", "status")}
    kept["rotate_from"] = visit.form.number("rotate_from")
    return _told(visit, visit.api.put("webhooks", name, body=visit.form.given(**kept)))


def _told(visit: Visit, answer: dict[str, Any]) -> Result:
    """Show a new secret where it was asked for: an address that led to it would show it again."""
    told = answer.get("secret")
    return visit.show("webhooks/told.html", webhook=answer, signing_key=told)
