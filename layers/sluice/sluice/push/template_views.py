"""Templates as they are shown (E7)."""

from datetime import datetime

from sluice.push.content_tables import TemplateItem
from sluice.push.rules.templates import Template, Wording
from sluice.push.store import templates
from sluice.shared.http import Versioned, View


class TemplateView(Versioned):
    """A template in all its languages."""

    template_id: str
    locales: dict[str, Wording]
    fallback_locale: str
    updated_at: datetime
    variables: tuple[str, ...] = ()
    content_id: str | None = None


class ListedTemplate(View):
    """A template in the list: its languages, and its title in the one that others fall back to."""

    template_id: str
    locales: list[str]
    fallback_locale: str
    title: str
    updated_at: datetime
    variables: tuple[str, ...] = ()


class TemplatePage(View):
    """Some of the templates, by id."""

    items: list[ListedTemplate]
    next_cursor: str | None = None


def of_template(item: TemplateItem) -> TemplateView:
    """Return the view of a template."""
    template = item.template
    return TemplateView(
        template_id=item.item,
        version=templates.version_of(item),
        locales=template.locales,
        fallback_locale=template.fallback_locale,
        updated_at=item.updated_at,
        variables=template.variables,
        content_id=template.content_id,
    )


def listed(template_id: str, template: Template, updated_at: datetime) -> ListedTemplate:
    """Return a line of the list."""
    return ListedTemplate(
        template_id=template_id,
        locales=list(template.locales),
        fallback_locale=template.fallback_locale,
        title=template.locales[template.fallback_locale].title,
        updated_at=updated_at,
        variables=template.variables,
    )
