"""PUT /organizations/{organization_id}/push-settings: what holds for all pushes of a house (E7).

`caps`: by purpose, how many pushes a user gets at most in so many local days, whatever the
strategies; what is transactional has none. `unsubscribe_notes`: own words on the page of the
unsubscribe link, by language. Functions notice within 30 seconds. PUT: one transaction, 2 write
units; the last one counts. GET shows them: one read.
"""

from typing import Annotated, Literal

from msgspec import Meta, field

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.push.rules.courtesy import Cap, Settings
from sluice.push.store import push_settings
from sluice.shared import http

Note = Annotated[str, Meta(max_length=500)]


def _keys(*names: str) -> Meta:
    """Say in the API document which keys an object takes: msgspec's schemas leave it out."""
    return Meta(extra_json_schema={"propertyNames": {"enum": list(names)}})


class CapBody(http.Body):
    """At most `max_pushes` in `days` local days: weeks begin on Sundays."""

    max_pushes: Annotated[int, Meta(ge=1, le=1000)]
    days: Annotated[int, Meta(ge=1, le=31)]


class PutPushSettings(http.Body):
    """All of the settings; what is not named is set to none."""

    caps: Annotated[
        dict[Literal["marketing", "service"], CapBody], _keys("marketing", "service")
    ] = field(default_factory=dict)
    unsubscribe_notes: Annotated[dict[Literal["en", "zh"], Note], _keys("en", "zh")] = field(
        default_factory=dict
    )


class CapView(http.View):
    """A cap."""

    max_pushes: int
    days: int


class PushSettingsView(http.View):
    """The settings as stored."""

    caps: dict[str, CapView]
    unsubscribe_notes: dict[str, str]


@http.operation(
    access.staff("PUT /organizations/{organization_id}/push-settings", OPERATOR),
    access.staff("GET /organizations/{organization_id}/push-settings", OPERATOR),
    body=PutPushSettings,
    answers={200: PushSettingsView},
)
def handler(call: http.Call[PutPushSettings, http.NoBody]) -> http.Answer:
    """Store the settings, or show them."""
    if call.request.event["httpMethod"] == "PUT":
        given = call.body
        caps = {str(purpose): Cap(cap.max_pushes, cap.days) for purpose, cap in given.caps.items()}
        notes = {str(language): note for language, note in given.unsubscribe_notes.items()}
        settings = Settings(caps, notes)
        push_settings.put_settings(call.organization_id, settings, call.now)
    else:
        settings = push_settings.find_settings(call.organization_id)
    views = {
        purpose: CapView(max_pushes=cap.max_pushes, days=cap.days)
        for purpose, cap in settings.caps.items()
    }
    shown = PushSettingsView(caps=views, unsubscribe_notes=settings.unsubscribe_notes)
    return http.Answer(200, shown)
