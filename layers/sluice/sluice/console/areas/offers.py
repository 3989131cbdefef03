"""Offers: figures, what promoters get by their tags, new, changed, paused (D1).

A merchant sees their own, an operator everybody's.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sluice.console import amounts, names
from sluice.console.api import Asked
from sluice.console.forms import Form
from sluice.console.pages import MERCHANTS, OPERATORS, Result, Visit, page
from sluice.organizations.rules import MERCHANT
from sluice.shared import errors

SELLERS = OPERATORS | MERCHANTS
DAY_SECONDS = 86_400
STATUSES = {"publish": "published", "pause": "paused", "end": "ended"}
MAX_RULES = 20
MIN_ROWS = 2  # of rules, and one more than there are
_TIER = re.compile(r"(\d{1,7})\s*[:=\uff1a]\s*(\S.*)")
_OWN = ("name", "sku", "type", "description", "url", "image_url")  # of the product, as written
_SAME = ("currency", "rules", "starts_at", "ends_at", "attribution", "budget_minor", "hold_seconds")


@page("offers", roles=SELLERS)
def show_all(visit: Visit) -> Result:
    """Show a page of offers; an operator's names whose each is, which is a call more."""
    status, cursor = visit.query.get("status", ""), visit.query.get("cursor")
    given = {"merchant_id": _merchant_id(visit), "status": status, "cursor": cursor}
    asked: list[Asked] = [(("offers",), {"limit": 50, **given})]
    if _is_operator(visit):
        asked.append(names.MEMBERS)
    answer, *members = visit.api.gather(*asked)
    return visit.show(
        "offers/list.html",
        answer=answer,
        status=status,
        members=names.of_members(members[0]) if members else None,
        merchants=_merchants(members),
    )


@page("offers/new", roles=SELLERS)
def ask_for_new(visit: Visit) -> Result:
    """Ask what a new offer is."""
    return _form(visit, {})


@page("offers/new", roles=SELLERS, method="POST")
def create(visit: Visit) -> Result:
    """Create an offer, unless there is one with this id."""
    offer_id = visit.form.text("offer_id")
    if not offer_id:
        raise errors.Invalid("Give the offer an id.", [("offer_id", "missing")])
    body = _given(visit, {}) | {"status": "draft"}
    if _is_operator(visit):
        body |= visit.form.given(merchant_id=visit.form.text("merchant_id"))
    visit.api.create("offers", offer_id, body=body, named="offer_id")
    return visit.go("offers", offer_id, done="saved")


@page("offers/{offer_id}", roles=SELLERS)
def show(visit: Visit) -> Result:
    """Show an offer with its figures, to change."""
    return _form(visit, visit.api.get("offers", visit.path["offer_id"]))


@page("offers/{offer_id}", roles=SELLERS, method="POST")
def change(visit: Visit) -> Result:
    """Save an offer's next version; or publish, pause or end it as it is."""
    offer_id, action = visit.path["offer_id"], visit.form.text("action")
    known = visit.api.get("offers", offer_id)
    if action in STATUSES:
        same = {name: known[name] for name in ("product", *_SAME) if name in known}
        body = same | {"status": STATUSES[action]}
    else:
        body = _given(visit, known) | {"status": known["status"]}
    body |= {"merchant_id": known["merchant_id"]}
    visit.api.put("offers", offer_id, body=body, seen=visit.form.text("seen"))
    return visit.go("offers", offer_id, done="saved")


def _form(visit: Visit, offer: Mapping[str, Any]) -> Result:
    rows = [_row(rule, offer["currency"]) for rule in offer.get("rules", ())]
    wanted = max(MIN_ROWS, len(rows) + 1, sum(f"tag-{n}" in visit.form for n in range(MAX_RULES)))
    rows += [{} for _ in range(min(wanted, MAX_RULES) - len(rows))]
    return visit.show(
        "offers/edit.html",
        offer=offer,
        rows=rows,
        written=amounts.written,
        local_time=lambda text: amounts.local_time(text, visit.zone),
        day_seconds=DAY_SECONDS,
        is_operator=_is_operator(visit),
    )


def _merchants(answers: list[Any]) -> list[tuple[str, str]]:
    """Return the merchants among members, to choose from."""
    return [
        (one["member_id"], one["name"])
        for answer in answers
        for one in answer["items"]
        if MERCHANT in one["roles"]
    ]


def _is_operator(visit: Visit) -> bool:
    """Tell whether the visitor sees everybody's offers."""
    return bool(OPERATORS & visit.signed_in.roles)


def _merchant_id(visit: Visit) -> str:
    """Return whose offers are shown: an operator may choose."""
    return visit.query.get("merchant_id", "") if _is_operator(visit) else visit.member_id


def _row(rule: Mapping[str, Any], currency: str) -> dict[str, str]:
    """Return a rule as the form has it."""
    is_rate = rule.get("rate_millionths") is not None

    def part(of: Mapping[str, Any]) -> str:
        if of.get("rate_millionths") is not None:
            return f"{amounts.percent(of['rate_millionths'])}%"
        return amounts.written(of.get("amount_minor"), currency)

    tiers = [f"{tier['from_transactions']}: {part(tier)}" for tier in rule.get("tiers", ())]
    return {
        "tag": rule["tag"],
        "kind": "rate" if is_rate else "fixed",
        "value": part(rule).removesuffix("%"),
        "cap": amounts.written(rule.get("cap_minor"), currency),
        "tiers": "\n".join(tiers),
    }


def _given(visit: Visit, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form as what a PUT takes. Raises Invalid."""
    form, zone = visit.form, visit.zone
    currency = str(known.get("currency") or form.text("currency").upper())
    price = amounts.minor(form, "product.price_minor", currency)
    product = {name: form.text(f"product.{name}") for name in _OWN}
    hold = form.number("hold_days")
    seconds = form.number("window_days")
    return form.given(
        product=form.given(**product, price_minor=price),
        currency=currency,
        rules=[*_rules(form, currency)],
        starts_at=amounts.time(form, "starts_at", zone, known),
        ends_at=amounts.time(form, "ends_at", zone, known),
        budget_minor=amounts.minor(form, "budget_minor", currency),
        hold_seconds=None if hold is None else hold * DAY_SECONDS,
        attribution=form.given(
            model=form.text("model"),
            window_seconds=None if seconds is None else seconds * DAY_SECONDS,
            coupon_beats_link=form.ticked("coupon_beats_link"),
        ),
    )


def _rules(form: Form, currency: str) -> Iterator[dict[str, Any]]:
    """Yield the rules whose tag is written. Raises Invalid."""
    for number in range(MAX_RULES):
        tag = form.text(f"tag-{number}")
        if not tag:
            continue
        is_rate, value = form.text(f"kind-{number}") == "rate", f"value-{number}"
        yield form.given(
            tag=tag,
            **_part(form.text(value), value, currency, is_rate=is_rate),
            tiers=[*_tiers(form, f"tiers-{number}", currency, is_rate=is_rate)],
            cap_minor=amounts.minor(form, f"cap-{number}", currency),
        )


def _part(text: str, name: str, currency: str, *, is_rate: bool) -> dict[str, int]:
    if is_rate or text.endswith("%"):
        found = amounts.millionths_of(text, name)
        key = "rate_millionths"
    else:
        found = amounts.minor_of(text, name, currency)
        key = "amount_minor"
    if found is None:
        raise errors.Invalid("Write what a sale earns.", [(name, "missing")])
    return {key: found}


def _tiers(form: Form, name: str, currency: str, *, is_rate: bool) -> Iterator[dict[str, int]]:
    for line in form.text(name).splitlines():
        if not line.strip():
            continue
        found = _TIER.fullmatch(line.strip())
        if found is None:
            raise errors.Invalid("Write each step as 10: 20.", [(name, "not understood")])
        part = _part(found[2], name, currency, is_rate=is_rate)
        yield {"from_transactions": int(found[1]), **part}
