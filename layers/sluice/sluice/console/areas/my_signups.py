"""A salesperson's signups over campaigns, and whether the customers took part (B4, B6)."""

from typing import Any

from sluice.console.pages import MEMBERS, Result, Visit, page

OUTCOMES = ("none", "took-part", "did-not", "cancelled")
_CAMPAIGNS = 100  # that may be chosen
_AT_ONCE = 6  # campaigns, the newest, where none was chosen
_EACH = 20


@page("my-signups", roles=MEMBERS)
def show_all(visit: Visit) -> Result:
    """Show signups, the newest first: of the newest campaigns, or a page of the one chosen."""
    own = {"salesperson_id": visit.member_id}  # who is an operator, too, could see all
    campaigns = visit.api.get_all("campaigns", pages=2, limit=_CAMPAIGNS, **own)
    campaigns = sorted(campaigns, key=lambda each: str(each["starts_at"]), reverse=True)
    chosen, outcome = visit.query.get("campaign_id", ""), visit.query.get("outcome", "")
    outcome = outcome if outcome in OUTCOMES else ""
    shown = [each for each in campaigns if chosen in {"", each["campaign_id"]}]
    cursor = visit.query.get("cursor", "") if chosen else ""
    query = {**own, "outcome": outcome, "limit": _EACH, "cursor": cursor}
    answers = visit.api.gather(
        *((("campaigns", each["campaign_id"], "signups"), query) for each in shown[:_AT_ONCE])
    )
    titles = [(each["campaign_id"], each["title"]) for each in campaigns]
    return visit.show(
        "my_signups/list.html",
        answer=(answers[0] if chosen and answers else None) or {},
        options=[("", visit.say("All")), *titles],
        chosen=chosen,
        outcome=outcome,
        signups=_signups(shown, answers),
        has_more=not chosen and any(each and each.get("next_cursor") for each in answers),
    )


@page("my-signups", roles=MEMBERS, method="POST")
def judge(visit: Visit) -> Result:
    """Say whether a customer took part; said again, it corrects."""
    form = visit.form
    path = ("campaigns", form.text("campaign_id"), "signups", form.text("customer_id"), "feedback")
    visit.api.put(*path, body=form.given(outcome=form.text("outcome"), note=form.text("note")))
    kept = form.given(campaign_id=form.text("chosen"), outcome=form.text("filter"))
    return visit.go("my-signups", done="saved", **kept)


def _signups(campaigns: list[Any], answers: list[Any]) -> list[dict[str, Any]]:
    """Return what was found, the newest first, each with its campaign and the form's labels."""
    found = []
    for campaign, answer in zip(campaigns, answers, strict=False):
        if answer is None:
            continue
        labels = {field["name"]: field["label"] for field in answer.get("form", ())}
        phones = {field["name"] for field in answer.get("form", ()) if field.get("type") == "phone"}
        found += [
            {**signup, "campaign": campaign, "labels": labels, "phones": phones}
            for signup in answer["items"]
        ]
    return sorted(found, key=lambda each: str(each["signed_up_at"]), reverse=True)
