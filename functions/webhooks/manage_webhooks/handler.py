"""PUT /organizations/{organization_id}/webhooks/{webhook_id}: where events are sent, signed (F3).

The answer to the first PUT tells the secret, and one with `rotate_from` (the version to leave) the
new one; deliveries are signed with both for 24 hours. One read, a transaction of 1 or 2 items.
GET lists webhooks (one query), shows one (a read), its deliveries (a read, 8 to 12 queries) or one
of them with its attempts (two reads, a query). DELETE ends it and what waits for it (2 items).
POST `test` sends an event made for it (a read, 3 items), `replay` a delivery again (two reads, 2
items), `replays` all that failed or was held `since` a time (a read, 8 to 48 queries): 100 of one
call, 2 items and a message each. An item is 2 write units. Refuses: not-found, too-many-webhooks,
webhook-changed, webhook-just-tested, delivery-forgotten.
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.shared import errors, fields, http, outside
from sluice.webhooks import queue, views
from sluice.webhooks.refusals import (
    DeliveryForgotten,
    TooManyWebhooks,
    WebhookChanged,
    WebhookJustTested,
)
from sluice.webhooks.rules import catalog
from sluice.webhooks.store import accepting, deliveries, listing, webhooks
from sluice.webhooks.store.webhooks import Wanted
from sluice.webhooks.tables import Delivery

_ALL = "/organizations/{organization_id}/webhooks"
_ONE = f"{_ALL}/{{webhook_id}}"
_DELIVERIES = f"{_ONE}/deliveries"
_DELIVERY = f"{_DELIVERIES}/{{delivery_id}}"

Wish = Annotated[str, Meta(pattern=r"^(\*|[a-z_]+\.(\*|[a-z_]+\.v[0-9]{1,3}))$(?!\n)")]


class PutWebhook(http.Body):
    """A receiver of events: types as `reward.granted.v1`, `reward.*`, or `*` for all."""

    url: fields.WebUrl
    events: Annotated[list[Wish], Meta(min_length=1, max_length=50)]
    description: fields.Title | None = None
    status: Literal["active", "paused"] = "active"
    rotate_from: Annotated[int, Meta(ge=1, le=10**6)] | None = None


class WebhookQuery(http.Body):
    """Which deliveries: `since` when they happened; of a list a page."""

    since: fields.TimeText | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=200)] = ""


@http.operation(
    access.staff(f"PUT {_ONE}", OPERATOR),
    access.staff(f"GET {_ALL}", OPERATOR),
    access.staff(f"GET {_ONE}", OPERATOR),
    access.staff(f"DELETE {_ONE}", OPERATOR, reads_body=False),
    access.staff(f"GET {_DELIVERIES}", OPERATOR),
    access.staff(f"GET {_DELIVERY}", OPERATOR),
    access.staff(f"POST {_DELIVERY}/replay", OPERATOR, reads_body=False),
    access.staff(f"POST {_ONE}/replays", OPERATOR, reads_body=False),
    access.staff(f"POST {_ONE}/test", OPERATOR, reads_body=False),
    body=PutWebhook,
    query=WebhookQuery,
    answers={
        200: (views.WebhookView, views.WebhookList, views.DeliveryPage, views.DeliveryView),
        201: views.WebhookView,
        202: (views.DeliveryView, views.Replayed),
        204: "",
    },
    refusals=(
        errors.NotFound,
        TooManyWebhooks,
        WebhookChanged,
        WebhookJustTested,
        DeliveryForgotten,
    ),
)
def handler(call: http.Call[PutWebhook | http.NoBody, WebhookQuery]) -> http.Answer:
    """Do what the route says."""
    match str(call.request.event["httpMethod"]):
        case "PUT":
            return _put(call)
        case "GET":
            return _get(call)
        case "DELETE":
            webhooks.remove_webhook(call.organization_id, call.path["webhook_id"])
            return http.Answer(204)
        case _:
            return _post(call)


def _put(call: http.Call[PutWebhook | http.NoBody, WebhookQuery]) -> http.Answer:
    given = call.body
    if not isinstance(given, PutWebhook):
        raise errors.Invalid("A webhook has a url and events.", [("url", "missing")])
    if why := outside.why_never(given.url):
        raise errors.Invalid(f"url {why}.", [("url", why)])
    if unknown := catalog.unknown(given.events):
        names = ", ".join(unknown)
        raise errors.Invalid(f"There are no such events: {names}.", [("events", "unknown")])
    wanted = Wanted(given.url, set(given.events), given.description, given.status)
    put = webhooks.put_webhook(
        call.organization_id,
        call.path["webhook_id"],
        wanted,
        call.now,
        rotate_from=given.rotate_from,
    )
    return http.Answer(201 if put.is_new else 200, views.of_put(put))


def _get(call: http.Call[PutWebhook | http.NoBody, WebhookQuery]) -> http.Answer:
    organization_id, webhook_id = call.organization_id, call.path.get("webhook_id")
    if webhook_id is None:
        items = [views.of_webhook(each) for each in webhooks.list_webhooks(organization_id)]
        return http.Answer(200, views.WebhookList(items=items))
    found = webhooks.find_webhook(organization_id, webhook_id)
    if "delivery_id" in call.path:
        delivery = _delivery(call)
        view = views.of_delivery(delivery)
        view.log = [views.of_attempt(each) for each in listing.attempts_of(delivery)]
        return http.Answer(200, view)
    if not call.request.event["resource"].endswith("/deliveries"):
        return http.Answer(200, views.of_webhook(found))
    query = call.query
    page, following = listing.page(
        organization_id, webhook_id, _since(query), query.limit, query.cursor
    )
    shown = [views.of_delivery(each) for each in page]
    return http.Answer(200, views.DeliveryPage(deliveries=shown, next_cursor=following))


def _post(call: http.Call[PutWebhook | http.NoBody, WebhookQuery]) -> http.Answer:
    webhook = webhooks.find_webhook(call.organization_id, call.path["webhook_id"])
    if "delivery_id" in call.path:
        found = _delivery(call)
        if deliveries.replay(found, call.now):
            queue.wake(found, call.now)
        return http.Answer(202, views.of_delivery(found))
    if call.request.event["resource"].endswith("/test"):
        sent = accepting.send_test(webhook, call.now)
        queue.wake(sent, call.now)
        return http.Answer(202, views.of_delivery(sent))
    since = _since(call.query)
    if since is None:
        raise errors.Invalid("Say since when: ?since=", [("since", "missing")])
    replayed, following = listing.replay_since(
        call.organization_id, webhook.webhook_id, since, call.query.cursor, call.now
    )
    for each in replayed:
        queue.wake(each, call.now)
    return http.Answer(202, views.Replayed(replayed=len(replayed), next_cursor=following))


def _since(query: WebhookQuery) -> datetime | None:
    return None if query.since is None else fields.moment_of(query.since, "since")


def _delivery(call: http.Call[PutWebhook | http.NoBody, WebhookQuery]) -> Delivery:
    found = deliveries.find_delivery(
        call.organization_id, call.path["webhook_id"], call.path["delivery_id"]
    )
    if found is None:
        raise errors.NotFound("There is no such delivery.")
    return found
