"""Who changed what: an entry for every call by which staff may change something (F4, F5).

The door keeps it, not each handler. It is written before the effect, so that nothing that was
changed is ever missing: where that fails, nothing is done (503). It is completed with the status
that was answered; where that fails, the entry says that the outcome is unknown, and a log line why.
"""

from datetime import timedelta
from typing import Any

import msgspec

from sluice.organizations import audit_rules
from sluice.organizations.audit_tables import AuditEntry
from sluice.shared import guard, http, ids, telemetry
from sluice.shared.errors import Contention, Forbidden, Problem

KEPT = timedelta(days=400)  # a year, and a month to ask about it


def witness(route: str) -> http.Witness:
    """Return what keeps the calls of a route: two requests, 1 write unit each for 1 KiB."""

    def keep(call: http.Call[Any, Any], body: type[http.Input], run: http.Run) -> http.Answer:
        entry = _entry(call.request, call.caller, route)
        entry.given = _given(call, body)
        guard.note(entry)
        try:
            answer = run(call)
        except Exception as error:
            _complete(entry, _status_of(error))
            raise
        _complete(entry, answer.status, answer.content)
        return answer

    return keep


def keep_refused(request: http.Request, caller: http.Caller, route: str) -> None:
    """Keep that somebody of the organisation tried what their roles do not allow: 1 write unit."""
    _complete(_entry(request, caller, route), Forbidden.status)


def _entry(request: http.Request, caller: http.Caller, route: str) -> AuditEntry:
    return AuditEntry(
        request.path["organization_id"],
        ids.sortable(request.now),
        member_id=caller.id,
        roles=set(caller.roles) or None,
        operation=route,
        about=audit_rules.things_in(request.path) or None,
        body_bytes=len(request.raw),
        correlation_id=telemetry.logger.get_correlation_id() or "local",
        expires=request.now + KEPT,
    )


def _given(call: http.Call[Any, Any], body: type[http.Input]) -> str | None:
    """Return what the body and the query gave, as JSON; of CSV nothing but its size is told."""
    asked = msgspec.to_builtins(call.query)
    named = call.request.event.get("queryStringParameters") or {}
    found = audit_rules.fields_of({name: asked[name] for name in named}, type(call.query))
    if issubclass(body, http.Body):
        came = msgspec.json.decode(call.request.raw or b"{}")
        found = [*audit_rules.fields_of(came, body), *found]
    return msgspec.json.encode(found).decode() if found else None


def _complete(entry: AuditEntry, status: int, content: object = None) -> None:
    entry.status = status
    if isinstance(content, http.View):
        about = audit_rules.things_in(msgspec.structs.asdict(content))
        entry.about = about | (entry.about or set()) or None
    try:
        guard.note(entry)
    except Exception:  # noqa: BLE001 - the effect is there, or refused: that is what is answered
        telemetry.logger.warning(
            "audit_not_completed", extra={"entry_id": entry.entry_id}, exc_info=True
        )


def _status_of(error: Exception) -> int:
    if isinstance(error, Problem):
        return error.status
    return Contention.status if guard.is_unreachable(error) else Problem.status
