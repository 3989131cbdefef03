"""What a push or a run says: words of its own, or a template filled in (E7)."""

from typing import Any

from sluice.console.api import Api
from sluice.console.forms import Form

_OFFERED = 100  # strategies, and templates


def offered(api: Api) -> dict[str, Any]:
    """Return the strategies and templates to choose from: two calls at the same time."""
    found = api.gather(
        (("strategies",), {"limit": _OFFERED}), (("templates",), {"limit": _OFFERED})
    )
    names = ("strategy_id", "template_id")
    strategies, templates = (
        [(each[name], each[name]) for each in (answer or {"items": []})["items"]]
        for name, answer in zip(names, found, strict=True)
    )
    return {"options": strategies, "templates": templates}


def said(form: Form) -> dict[str, Any]:
    """Return what is said as the API takes it, which refuses both, and neither. Raises Invalid."""
    words = {name: form.text(f"content.{name}") for name in ("title", "body", "link")}
    template_id = form.text("template_id")
    return form.given(
        content=form.given(**words) or (None if template_id else {}),
        template_id=template_id,
        variables=form.pairs("variables") or None,
    )
