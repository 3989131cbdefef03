"""PUT /organizations/{organization_id}/templates/{template_id}: what is said, by language (E7).

Texts may have `{name}` for each declared variable. One read and one write, 2 write units per KiB,
none where it is the same; pushes that were started keep the words they began with. GET shows the
template: one read; without an id, all by id, one query that may be a moment behind. Refuses:
changed-meanwhile, not-found.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.push import template_views
from sluice.push.inputs import ContentId, Locale, Variable
from sluice.push.rules import templates as rules
from sluice.push.rules.contents import ProviderTemplate
from sluice.push.store import templates
from sluice.shared import errors, http, paging
from sluice.shared.fields import NAME, Name, Title, WebUrl
from sluice.shared.paging import Page
from sluice.shared.preconditions import ChangedMeanwhile

Text = Annotated[str, Meta(min_length=1, max_length=rules.MAX_BODY)]


class ProviderTemplateBody(http.Body):
    """A provider's own template and its parameters, in the provider's order."""

    id: Annotated[str, Meta(min_length=1, max_length=128)]
    parameters: Annotated[
        dict[
            Annotated[str, Meta(min_length=1, max_length=64)], Annotated[str, Meta(max_length=500)]
        ],
        Meta(max_length=20),
    ] = msgspec.field(default_factory=dict)


class WordingBody(http.Body):
    """What is said in one language; `templates` by provider account, or by provider type."""

    title: Title
    body: Text
    link: WebUrl | None = None
    templates: Annotated[dict[Name, ProviderTemplateBody], Meta(max_length=10)] = msgspec.field(
        default_factory=dict
    )


class PutTemplate(http.Body):
    """Who has no locale of these is told in `fallback_locale`."""

    locales: Annotated[dict[Locale, WordingBody], Meta(min_length=1, max_length=20)]
    fallback_locale: Locale
    variables: Annotated[list[Variable], Meta(max_length=20)] = msgspec.field(default_factory=list)
    content_id: ContentId | None = None


_ALL = "/organizations/{organization_id}/templates"
_ONE = f"{_ALL}/{{template_id}}"


@http.operation(
    access.staff(f"PUT {_ONE}", OPERATOR),
    access.staff(f"GET {_ONE}", OPERATOR),
    access.staff(f"GET {_ALL}", OPERATOR),
    body=PutTemplate,
    query=Page,
    answers={200: (template_views.TemplateView, template_views.TemplatePage)},
    refusals=(errors.NotFound, ChangedMeanwhile),
)
def handler(call: http.Call[PutTemplate | http.NoBody, Page]) -> http.Answer:
    """Store the template in the path, show it, or list all."""
    template_id = call.path.get("template_id")
    if template_id is None:
        return _list(call)
    given = call.body
    if not isinstance(given, PutTemplate):
        found = templates.read_template(call.organization_id, template_id)
        return http.Answer(200, template_views.of_template(found))
    locales = {locale: _wording(wording) for locale, wording in given.locales.items()}
    template = rules.Template(
        locales, given.fallback_locale, tuple(given.variables), given.content_id
    )
    if faults := rules.faults(template):
        raise errors.Invalid("The template is not valid.", faults)
    stored = templates.put_template(
        call.organization_id, template_id, template, call.now, expected=call.expected
    )
    return http.Answer(200, template_views.of_template(stored))


def _list(call: http.Call[PutTemplate | http.NoBody, Page]) -> http.Answer:
    after = paging.place_of(call.query, NAME)
    found = templates.list_templates(call.organization_id, after, call.query.limit)
    following = paging.following(call.query, found, lambda item: item.item)
    items = [template_views.listed(one.item, one.template, one.updated_at) for one in found]
    return http.Answer(200, template_views.TemplatePage(items=items, next_cursor=following))


def _wording(given: WordingBody) -> rules.Wording:
    own = {name: ProviderTemplate(t.id, t.parameters) for name, t in given.templates.items()}
    return rules.Wording(given.title, given.body, given.link, own)
