"""A campaign's form as what the API takes, field by field as the API names them (B1)."""

from typing import Any

from sluice.console.forms import Form
from sluice.console.pages import Visit

MAX_FIELDS = 8  # questions of the form that the page has room for
_WITHOUT_SECONDS = len("2026-03-04T09:00")


def slots(visit: Visit, campaign: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the questions of the form: those there are, two empty ones, those written before."""
    questions: list[dict[str, Any]] = list(campaign.get("form", ()))
    written = sum(f"form[{place}].name" in visit.form for place in range(MAX_FIELDS))
    count = max(len(questions), min(MAX_FIELDS, max(len(questions) + 2, written)))
    return questions + [{} for _ in range(count - len(questions))]


def given(form: Form, kept: dict[str, Any]) -> dict[str, Any]:
    """Return the form as a whole campaign; `kept` is what it said before. Raises Invalid."""
    places = [n for n in range(max(MAX_FIELDS, len(kept.get("form", ())))) if _named(form, n)]
    everyone = form.ticked("audience.everyone")
    return form.given(
        title=form.text("title"),
        introduction=form.text("introduction"),
        starts_at=_time(form.text("starts_at")),
        ends_at=_time(form.text("ends_at")),
        material=form.texts("material"),
        landing=form.given(**_part(form, "landing", "headline", "text", "button")),
        form=[_question(form, f"form[{place}].") for place in places],
        targets=form.given(**_numbers(form, "targets", "views", "signups", "participations")),
        salespeople=form.lines("salespeople"),
        audience={"everyone": True} if everyone else {"member_ids": form.lines("members")},
        reward=_reward(form),
        accent=form.text("accent"),
        poster=form.given(**_part(form, "poster", "layout", "call_to_action")),
        text_template=form.text("text_template"),
        notify=kept.get("notify", {}) or None,
        status=form.text("status"),
    )


def _time(text: str) -> str:
    """Return a time with its seconds, which browsers leave out where they are none."""
    return f"{text}:00" if len(text) == _WITHOUT_SECONDS else text


def _named(form: Form, place: int) -> bool:
    return bool(form.text(f"form[{place}].name") or form.text(f"form[{place}].label"))


def _question(form: Form, prefix: str) -> dict[str, Any]:
    return form.given(
        name=form.text(f"{prefix}name"),
        label=form.text(f"{prefix}label"),
        type=form.text(f"{prefix}type"),
        required=form.ticked(f"{prefix}required"),
        choices=form.lines(f"{prefix}choices"),
        max_length=form.number(f"{prefix}max_length"),
    )


def _reward(form: Form) -> dict[str, Any] | None:
    names = ("amount_minor", "hold_days", "budget_minor")
    reward = form.given(currency=form.text("reward.currency"), **_numbers(form, "reward", *names))
    return reward or None


def _part(form: Form, part: str, *names: str) -> dict[str, str]:
    return {name: form.text(f"{part}.{name}") for name in names}


def _numbers(form: Form, part: str, *names: str) -> dict[str, int | None]:
    return {name: form.number(f"{part}.{name}") for name in names}
