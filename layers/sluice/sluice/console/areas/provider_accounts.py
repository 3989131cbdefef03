"""Provider accounts: settings, what is wrong with one, how its channels agreed (A7, A9, E3)."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from sluice.console import plain_values
from sluice.console.forms import Form
from sluice.console.pages import OPERATORS, Result, Visit, page
from sluice.shared import errors

LIMITS = ("per_second", "per_minute", "per_day")
_SYNCS = 20


@page("provider-accounts", roles=OPERATORS)
def show_all(visit: Visit) -> Result:
    """Show a page of accounts: one call."""
    answer = visit.api.get("provider-accounts", limit=50, cursor=visit.query.get("cursor"))
    return visit.show("provider_accounts/list.html", answer=answer)


@page("provider-accounts/new", roles=OPERATORS)
def ask_for_new(visit: Visit) -> Result:
    """Ask for the type first, then for what an account of it needs."""
    chosen = visit.form.text("type") or visit.query.get("type", "")
    return visit.show("provider_accounts/edit.html", account={}, type=chosen, lines="")


@page("provider-accounts/new", roles=OPERATORS, method="POST")
def create(visit: Visit) -> Result:
    """Store an account, unless there is one with this id, and say what to enter at its provider."""
    account_id = visit.form.text("account_id")
    if not account_id:
        raise errors.Invalid("An account needs an id.", [("account_id", "missing")])
    if visit.api.get_if_any("provider-accounts", account_id) is not None:
        raise errors.Invalid("There is an account with this id.", [("account_id", "is taken")])
    return _store(visit, account_id, {"type": visit.form.text("type")})


@page("provider-accounts/{account_id}", roles=OPERATORS)
def show(visit: Visit) -> Result:
    """Show an account and its latest syncs: two calls at once."""
    name = visit.path["account_id"]
    account, syncs = visit.api.gather(
        (("provider-accounts", name), {}),
        (("provider-accounts", name, "syncs"), {"limit": _SYNCS}),
    )
    if account is None:
        raise errors.NotFound("There is no such provider account.")
    key = visit.form.text("key") or str(uuid4())
    lines = settings_lines(account.get("settings") or {})
    return visit.show(
        "provider_accounts/account.html", account=account, syncs=syncs, key=key, lines=lines
    )


@page("provider-accounts/{account_id}", roles=OPERATORS, method="POST")
def ask_for_sync(visit: Visit) -> Result:
    """Ask for a sync; it runs by itself."""
    name, form = visit.path["account_id"], visit.form
    body = {"customers": form.ticked("customers")}
    visit.api.post("provider-accounts", name, "syncs", body=body, key=form.text("key"))
    return visit.go("provider-accounts", name, done="started")


@page("provider-accounts/{account_id}/edit", roles=OPERATORS)
def ask_to_change(visit: Visit) -> Result:
    """Show an account, to change; its type stays."""
    account = visit.api.get("provider-accounts", visit.path["account_id"])
    lines = settings_lines(account.get("settings") or {})
    return visit.show(
        "provider_accounts/edit.html", account=account, type=account["type"], lines=lines
    )


@page("provider-accounts/{account_id}/edit", roles=OPERATORS, method="POST")
def change(visit: Visit) -> Result:
    """Store an account; what its form does not show stays: two calls."""
    name = visit.path["account_id"]
    return _store(visit, name, visit.api.get("provider-accounts", name))


@page("provider-accounts/{account_id}/syncs/{sync_id}", roles=OPERATORS)
def show_sync(visit: Visit) -> Result:
    """Show what a sync found."""
    path = ("provider-accounts", visit.path["account_id"], "syncs", visit.path["sync_id"])
    report = visit.api.get(*path, limit=50, cursor=visit.query.get("cursor"))
    return visit.show("provider_accounts/sync.html", report=report)


def _store(visit: Visit, account_id: str, known: Mapping[str, Any]) -> Result:
    """Store the form and show the addresses to enter at the provider, which only a PUT tells."""
    form = visit.form
    others = {name: n for name, n in (known.get("limits") or {}).items() if name not in LIMITS}
    limits = form.given(**{name: form.number(f"limits.{name}") for name in LIMITS})
    body = form.given(
        type=known["type"],
        settings=settings_of(form),
        secret_reference=form.text("secret_reference"),
        limits=others | limits,
    )
    answer = visit.api.put("provider-accounts", account_id, body=body)
    told = answer.get("callback_secret")
    return visit.show("provider_accounts/told.html", account=answer, signing_key=told)


def settings_lines(settings: Mapping[str, Any]) -> str:
    """Return settings as a form shows them, a line each: `corp_id = ww1`, `tags = ["t1"]`."""
    return "\n".join(f"{name} = {plain_values.written(value)}" for name, value in settings.items())


def settings_of(form: Form) -> dict[str, Any]:
    """Return the settings that are written in lines. Raises Invalid."""
    given = form.pairs("settings")
    return {name: plain_values.read(text, fractions=False) for name, text in given.items()}
