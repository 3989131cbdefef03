"""Templates as they are shown (E7)."""

from datetime import datetime

from sluice.push.rules.templates import Template, Wording
from sluice.shared.http import View


class TemplateView(View):
    """A template in all its languages."""

    template_id: str
    locales: dict[str, Wording]
    fallback_locale: str
    updated_at: datetime
    variables: tuple[str, ...] = ()
    content_id: str | None = None


def of_template(template_id: str, template: Template, updated_at: datetime) -> TemplateView:
    """Return the view of a template."""
    return TemplateView(
        template_id=template_id,
        locales=template.locales,
        fallback_locale=template.fallback_locale,
        updated_at=updated_at,
        variables=template.variables,
        content_id=template.content_id,
    )
