"""POST /organizations/{organization_id}/runs: push content to everybody of an audience (E8).

The audience is up to 1,000 users named here, whoever has a tag, or a list (CSV or NDJSON) that is
PUT to the `upload_url` of the answer; the run of a list waits until it is set running. What it says
is `content`, or a template's words in each recipient's language, filled in with `variables` and,
before them, with the columns of the list (one read). One query and one transaction of 3 items, 1
for a template and 2 for each 100 users: 2 write units for each item and KiB. Refuses: not-found (no
such strategy or template), idempotency-key-reused.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.push import wording
from sluice.push.inputs import ContentBody, UserId, Values, check_words, content_of
from sluice.push.rules.audiences import MAX_BYTES, Audience, Entry, Format
from sluice.push.rules.contents import Content
from sluice.push.rules.run_words import Words
from sluice.push.runs import views as run_views
from sluice.push.store import runs
from sluice.shared import errors, http
from sluice.shared.claims import AlreadyClaimed, KeyReused
from sluice.shared.fields import Name


class UploadBody(http.Body):
    """A list to come: its first column is `user_id`, or its lines are objects with `user_id`."""

    format: Format
    size_bytes: Annotated[int, Meta(ge=1, le=MAX_BYTES)]


class AudienceBody(http.Body):
    """One of the three."""

    user_ids: Annotated[list[UserId], Meta(min_length=1, max_length=runs.MAX_NAMED)] | None = None
    tag: Name | None = None
    upload: UploadBody | None = None


class StartRun(http.Body):
    """Whom to tell what, and by which strategy: `content`, or a template and its variables."""

    strategy_id: Name
    audience: AudienceBody
    content: ContentBody | None = None
    template_id: Name | None = None
    variables: Values = msgspec.field(default_factory=dict)


class StartedRun(http.View):
    """The run. A list is PUT to `upload_url` within 15 minutes, with its Content-Type."""

    run_id: str
    status: str
    upload_url: str | None = None


@http.operation(
    access.staff("POST /organizations/{organization_id}/runs", OPERATOR),
    body=StartRun,
    answers={202: StartedRun},
    refusals=(KeyReused, errors.NotFound),
)
def handler(call: http.Call[StartRun, http.NoBody]) -> http.Answer:
    """Store the run, or answer again what was answered to the same request."""
    given, organization_id = call.body, call.organization_id
    audience = _audience(given.audience)
    content, words = _content(call)
    try:
        run_id = runs.start_run(
            organization_id,
            given.strategy_id,
            content,
            audience,
            [Entry(user_id) for user_id in given.audience.user_ids or ()],
            words=words,
            base_url=call.request.base_url,
            claim=call.claim,
            now=call.now,
        )
    except AlreadyClaimed as claimed:
        if call.claim is None:
            raise
        run_id = call.claim.replay(claimed)["run_id"]
    run = runs.load_run(organization_id, run_id)
    view = StartedRun(run_id=run_id, status=run.status, upload_url=run_views.upload_url(run))
    return http.Answer(202, view)


def _content(call: http.Call[StartRun, http.NoBody]) -> tuple[Content, Words | None]:
    given = call.body
    check_words(given.content, given.template_id, given.variables)
    if given.content is not None:
        return content_of(given.content), None
    return wording.for_run(
        call.organization_id,
        str(given.template_id),
        given.variables,
        is_listed=given.audience.upload is not None,
    )


def _audience(given: AudienceBody) -> Audience:
    named = [name for name in ("user_ids", "tag", "upload") if getattr(given, name) is not None]
    if len(named) != 1:
        reason = "give one of user_ids, tag and upload"
        raise errors.Invalid(f"{reason}.", [("audience", reason)])
    if given.upload is not None:
        return Audience("upload", format=given.upload.format, size_bytes=given.upload.size_bytes)
    return Audience("tag", tag=given.tag) if given.tag is not None else Audience("users")
