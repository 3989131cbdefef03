"""GET /organizations/{organization_id}/templates/{template_id}: a template, all languages (E7).

One read. Refuses: not-found.
"""

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.push import template_views
from sluice.push.store import templates
from sluice.shared import errors, http


@http.operation(
    access.staff("GET /organizations/{organization_id}/templates/{template_id}", OPERATOR),
    answers={200: template_views.TemplateView},
    refusals=(errors.NotFound,),
)
def handler(call: http.Call[http.NoBody, http.NoBody]) -> http.Answer:
    """Show the template in the path."""
    template_id = call.path["template_id"]
    found = templates.read_template(call.organization_id, template_id)
    view = template_views.of_template(template_id, found.template, found.updated_at)
    return http.Answer(200, view)
