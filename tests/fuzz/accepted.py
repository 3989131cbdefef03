"""What a check calls a failure and is none here, each with its reason.

A full run fails when a reason excuses nothing any more.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from schemathesis.core.failures import Failure
from schemathesis.core.transport import Response
from schemathesis.generation.case import Case as AnyCase
from schemathesis.openapi import checks

type Case = AnyCase[Any]

# Checks that are turned off as a whole.
OFF: Mapping[str, str] = {
    "unsupported_method": "REST APIs of API Gateway never answer 405 with Allow: a method without "
    "a route is answered 403 by the embedded AWS and 404 on AWS (GatewayResponses). The check "
    "`no_function_behind_other_methods` asks for what matters.",
    "object_level_authorization": "it compares two callers of one path, and ours name their "
    "organisation in the path: the walk behind docs/access.md tries every route on another's.",
}
CORRELATION = "x-correlation-id"  # our functions' answers have it, the gateway's do not


@dataclass(frozen=True)
class Reason:
    """Why a failure is none."""

    name: str
    why: str
    excuses: Callable[[Failure, str, Response], bool]
    seldom: bool = False  # a full run may do without


def _by_gateway(failure: Failure, _route: str, response: Response) -> bool:
    of_form = (checks.UndefinedContentType, checks.JsonSchemaError, checks.MissingHeaders)
    return (
        isinstance(failure, of_form)
        and response.status_code in {401, 403}
        and CORRELATION not in response.headers
    )


# By route, the fields whose 400 no JSON Schema can foretell, and the rule behind it.
CURSOR = {"cursor": "only one that a page gave is one"}
BONUS_RULES = {"rules": "each type once, with a quota; reminder and coupon fit it"}
SHEET = {"body": "CSV in UTF-8, of 500 lines", "header": "names of columns, each once"}
ORG = "/organizations/{organization_id}"
RECIPIENT = {
    "addresses": "a phone number or an e-mail address is one",
    "time_zone": "in the IANA database",
    "consents": "has been said",
    "user_id": "the one that the path names; a partner's event names one",
}
IDENTITIES = {"identities": "a phone number with its country, an id; one user of app 2"}
PUSHED = {"content": "or template_id, one of them", "variables": "all of the template, no other"}
TOKENS = {
    "visitor_token": "signed by us, of this code; one of it, its cookie and identity_token",
    "identity_token": "signed by a partner, of this code",
}
RULES: Mapping[str, Mapping[str, str]] = {
    f"GET {ORG}/accounts/{{account_id}}": CURSOR
    | {"to": "not before `from`", "from": "at most 366 days before `to`"},
    f"GET {ORG}/accounts/{{account_id}}/recount": CURSOR | {"currency": "which must be said"},
    f"GET {ORG}/rewards": CURSOR
    | {"owner_id": "or state=held: one of them", "state": "a state; the name is another's too"},
    f"GET {ORG}/payouts": CURSOR,
    f"GET {ORG}/payouts/{{payout_id}}/rows": CURSOR,
    f"GET {ORG}/programmes": CURSOR,
    f"PUT {ORG}/programmes/{{programme}}": {
        "caps": "of a count or an amount, each period and currency once",
        "checks": "each window once",
    },
    f"GET {ORG}/assignments": CURSOR
    | dict.fromkeys(("channel_id", "account_id", "customer_ref"), "a channel, or a customer"),
    f"GET {ORG}/alarms": CURSOR,
    f"GET {ORG}/audit": CURSOR
    | {"from": "of a year from 2000 to 9000", "to": "the same, and not before `from`"},
    f"GET {ORG}/channels": CURSOR,
    f"GET {ORG}/code-batches/{{batch_id}}": CURSOR,
    f"GET {ORG}/code-batches/{{batch_id}}/images": {
        "size": "a pixel for each module at least",
        "limit": "what an answer holds, at this size",
    },
    "GET /inbox/{organization_id}": CURSOR,
    f"GET {ORG}/members": CURSOR,
    f"POST {ORG}/channels": SHEET,
    f"POST {ORG}/members": SHEET,
    f"GET {ORG}/provider-accounts": CURSOR,
    f"GET {ORG}/provider-accounts/{{account_id}}/syncs": CURSOR,
    f"GET {ORG}/provider-accounts/{{account_id}}/syncs/{{sync_id}}": CURSOR,
    f"GET {ORG}/codes": CURSOR,
    f"GET {ORG}/campaigns": CURSOR,
    f"GET {ORG}/members/{{member_id}}/campaigns": CURSOR,
    f"PUT {ORG}/campaigns/{{campaign_id}}": {
        "starts_at": "of this century or the next",
        "ends_at": "after starts_at, at most 366 days; not over",
        "audience": "everyone or members by name, one of them",
        "material": "each once",
        "salespeople": "each once",
        "form": "names once; choices of a choice alone, max_length of a text",
        "text_template": "variables that there are",
        "reward": "a budget of one reward at least",
        "campaign_id": "an id without a colon",
    },
    f"GET {ORG}/campaigns/{{campaign_id}}/performance": CURSOR,
    f"GET {ORG}/campaigns/{{campaign_id}}/performance/{{member_id}}": {
        "to": "not before `from`",
        "from": "at most 92 days before `to`",
    },
    f"GET {ORG}/campaigns/{{campaign_id}}/signups": CURSOR,
    f"GET {ORG}/statistics/{{dimension}}": {
        "to": "not before `from`",
        "from": "at most 366 days before `to`",
        **CURSOR,
    },
    f"GET {ORG}/statistics/strategies": {
        "to": "not before `from`",
        "from": "at most 366 days before `to`, and not more than one answer holds",
        **CURSOR,
    },
    "GET /codes/{code}/image": {"size": "a pixel for each module at least"},
    "GET /t/{code}/image": {"size": "a pixel for each module at least"},
    f"POST {ORG}/code-batches": {
        "count": "or referrer_ids, one of them",
        "expires_at": "in the future, within ten years",
    },
    f"POST {ORG}/codes": {"expires_at": "in the future, within ten years"},
    f"GET {ORG}/runs": CURSOR,
    f"GET {ORG}/waiting": CURSOR,
    f"POST {ORG}/runs": PUSHED | {"audience": "one of user_ids, tag and upload"},
    f"PUT {ORG}": {"time_zone": "in the IANA database"},
    f"PUT {ORG}/channels/{{channel_id}}": {
        "service_area": "a closed ring or a circle on Earth",
        "shifts": "some hours, none of no length, no day or date twice",
        "provider": "not one that only says who customers are",
        "successor": "of groups alone",
    },
    f"PUT {ORG}/codes/{{code_id}}": {"expires_at": "in the future, within ten years"},
    f"PUT {ORG}/campaigns/{{campaign_id}}/picture": {
        "picture": "a PNG or JPEG of 320 pixels a side at least",
        "image": "base64",
    },
    f"GET {ORG}/campaigns/{{campaign_id}}/material/{{kind}}": {
        "member_id": "of an operator's call",
        "sample": "a poster's, and nobody's",
    },
    f"PUT {ORG}/logo": {"image": "a PNG or JPEG, of 45,000 bytes at most"},
    f"PUT {ORG}/provider-accounts/{{account_id}}": {
        "settings": "what the account's type takes",
        "secret_reference": "a secret of the organisation's, for all but the sandbox",
    },
    f"PUT {ORG}/people": IDENTITIES | {"joins": "each list once; an act is past"},
    "POST /partners/{organization_id}/people": IDENTITIES
    | {"joins": "each list once; an act is past"},
    f"POST {ORG}/people/erasures": IDENTITIES,
    "POST /partners/{organization_id}/people/erasures": IDENTITIES,
    f"PUT {ORG}/segments/{{segment_id}}": {"rule": "of 50 parts, 5 deep, at most"},
    f"GET {ORG}/segments": CURSOR,
    f"POST {ORG}/people-imports": {"list": "the one that is to be left"},
    f"PUT {ORG}/recipients/{{user_id}}": RECIPIENT,
    "POST /partners/{organization_id}/recipients": RECIPIENT,
    f"POST {ORG}/recipients": SHEET,
    f"PUT {ORG}/strategies/{{strategy_id}}": {
        "behaviours": "evidence is for seen, clicked or converted",
        "channels": "each once, and a level that its place can reach",
        "quiet_hours": "of some length, and of 16 hours at most",
    },
    f"GET {ORG}/strategies": CURSOR,
    f"GET {ORG}/pushes": CURSOR,
    f"GET {ORG}/people-imports": CURSOR,
    f"GET {ORG}/exports": CURSOR,
    f"GET {ORG}/exports/{{export_id}}": CURSOR,
    f"POST {ORG}/exports": {"kinds": "each once"},
    f"PUT {ORG}/webhooks/{{webhook_id}}": {
        "url": "https, and of a host",
        "events": "of types that there are",
    },
    f"GET {ORG}/webhooks/{{webhook_id}}/deliveries": CURSOR | {"since": "a day that there is"},
    f"POST {ORG}/webhooks/{{webhook_id}}/replays": CURSOR | {"since": "which must be said"},
    f"GET {ORG}/promotions": CURSOR,
    f"GET {ORG}/offers": CURSOR,
    f"GET {ORG}/promoters/{{member_id}}/bonus-tasks": CURSOR,
    f"GET {ORG}/merchants/{{member_id}}/hints": CURSOR,
    f"PUT {ORG}/bonus-rules": BONUS_RULES,
    f"PUT {ORG}/offers/{{offer_id}}/bonus-rules": BONUS_RULES | {"hints": "the organisation's"},
    f"GET {ORG}/promoters/{{member_id}}/tasks": CURSOR,
    f"PUT {ORG}/offers/{{offer_id}}": {
        "ends_at": "after starts_at, by ten years at most; of a published one, to come",
        "rules": "each tag once, an amount or a rate, no more than the price",
        "merchant_id": "of an operator's call",
        "offer_id": "an id without a colon",
    },
    f"POST {ORG}/promoters/{{member_id}}/tasks/{{offer_id}}/shares": {
        "user_id": "with strategy_id",
        "strategy_id": "with user_id",
    },
    f"GET {ORG}/merchants/{{member_id}}/income": CURSOR
    | {"to": "not before `from`; of years that there are", "from": "at most 366 days before `to`"},
    f"GET {ORG}/payments": CURSOR
    | {"promoter_id": "or merchant_id, one of them", "merchant_id": "or promoter_id"},
    "POST /partners/{organization_id}/payments": {"paid_at": "has happened"},
    "POST /partners/{organization_id}/refunds": {
        "refunded_at": "has happened",
        "refunded_total_minor": "not with amount_minor",
    },
    "POST /partners/{organization_id}/chargebacks": {
        "refunded_at": "has happened",
        "refunded_total_minor": "not with amount_minor",
    },
    "POST /partners/{organization_id}/invitations": {
        "inviter": "known in app 2, by identities that can be",
        "invitee": "identities that can be",
    },
    "POST /partners/{organization_id}/logins": {"customer": "identities that can be"},
    "POST /partners/{organization_id}/participations": {
        "participant": "known in app 2, by identities that can be",
        "occurred_at": "has happened",
        "consented_at": "has happened",
    },
    f"PUT {ORG}/promotions/{{promotion_id}}": {
        "starts_at": "ten years before clocks end",
        "ends_at": "after starts_at, by ten years at most",
        "promotion_id": "an id without a colon",
    },
    f"GET {ORG}/templates": CURSOR,
    f"PUT {ORG}/templates/{{template_id}}": {
        "fallback_locale": "one of the locales",
        "variables": "no name twice",
        "locales": "placeholders are declared",
    },
    f"POST {ORG}/pushes": PUSHED,
    "POST /partners/{organization_id}/pushes": PUSHED,
    f"GET {ORG}/channels/{{channel_id}}/outside": CURSOR,
    "POST /callbacks/{organization_id}/{provider_account_id}": {"at": "has happened"},
    "POST /partners/{organization_id}/behaviours": {"at": "within the last 30 days"},
    "POST /receipts/{organization_id}/{provider_account_id}": {"at": "has happened"},
    "POST /s/{code}": TOKENS,
    "POST /s/{code}/join": TOKENS,
    "POST /s/{code}/leave": TOKENS,
    "POST /s/{code}/signup": TOKENS
    | {"answers": "as the campaign's form asks", "consent": "must be given"},
}


def _by_rule(failure: Failure, route: str, response: Response) -> bool:
    if not isinstance(failure, checks.RejectedPositiveData) or response.status_code != 400:
        return False
    return bool(named := _fields(response)) and named <= set(RULES.get(route, {}))


def _is_whole_float(failure: Failure, _route: str, response: Response) -> bool:
    if not isinstance(failure, checks.RejectedPositiveData) or response.status_code != 400:
        return False
    reasons = {str(each["reason"]) for each in _problem(response).get("fields", [])}
    return all(re.match(r"Expected `int\b.*, got `float`", reason) for reason in reasons)


def _is_used_before(failure: Failure, _route: str, response: Response) -> bool:
    known = "urn:sluice:problem:idempotency-key-reused"
    return isinstance(failure, checks.RejectedPositiveData) and _problem(response)["type"] == known


def _is_no_version(failure: Failure, _route: str, response: Response) -> bool:
    return isinstance(failure, checks.RejectedPositiveData) and response.status_code == 412


def _is_unquoted(failure: Failure, _route: str, response: Response) -> bool:
    if not isinstance(failure, checks.RejectedPositiveData) or response.status_code != 400:
        return False
    sent = response.request.headers.get("If-Match")
    return _fields(response) == {"If-Match"} and str(sent).isdecimal()


def _is_cancelled(failure: Failure, route: str, _response: Response) -> bool:
    kept = (f"GET {ORG}/pushes/", f"GET {ORG}/exports/")
    return isinstance(failure, checks.UseAfterFree) and route.startswith(kept)


def _is_gone(failure: Failure, _route: str, response: Response) -> bool:
    return isinstance(failure, checks.RejectedPositiveData) and response.status_code == 410


def _fields(response: Response) -> set[str]:
    """Return the fields of the body or query that are at fault, without what is inside them."""
    named = (str(each["field"]) for each in _problem(response).get("fields", []))
    return {re.split(r"[.\[]", name)[0] for name in named}


def _problem(response: Response) -> dict[str, Any]:
    found: dict[str, Any] = response.json()
    return found


REASONS = (
    Reason(
        "the gateway's own form",
        "the embedded AWS ignores GatewayResponses, which make the gateway's own 401 and 403 look "
        "like our problems on AWS",
        _by_gateway,
    ),
    Reason("a rule beyond the schema", "see RULES", _by_rule),
    Reason(
        "1.0 for a whole number",
        "an integer to JSON Schema, not to us: money and counters come without a point",
        _is_whole_float,
    ),
    Reason(
        "an id used before",
        "ids of events and Idempotency-Keys come again on purpose; another request under one is "
        "refused, which no schema can foretell",
        _is_used_before,
    ),
    Reason(
        "a version that it has not",
        "If-Match names what was read before, and If-None-Match what is not there yet",
        _is_no_version,
    ),
    Reason(
        "an ETag without its quotes",
        "sent as valid although If-Match has them in its pattern: the document is right",
        _is_unquoted,
    ),
    Reason(
        "a cancelled push or export",
        "DELETE cancels it; what became of it stays to be read (E7, F7)",
        _is_cancelled,
        seldom=True,
    ),
    Reason("a code that is gone", "410: as a 404, for a code that was once valid", _is_gone),
)


def reason_for(failure: Failure, route: str, response: Response) -> str:
    """Return the name of the reason that excuses a failure; empty for none."""
    return next((each.name for each in REASONS if each.excuses(failure, route, response)), "")
