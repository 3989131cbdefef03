"""PUT /organizations/{organization_id}/bonus-rules: bonus tasks and hints (D6, D9).

Or those of an offer, which come before the organisation's; or GET, by the path. Tasks that were
offered keep their rule. PUT: one read, of an offer's two, and one transaction, 2 write units for
each KiB and 2 where hints change; the same again writes nothing. GET: one read. Refuses: not-found
(no such offer, or GET of settings that there are not), invalid-request, changed-meanwhile.
"""

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.promoters.bonus_views import BonusRulesView, PutBonusRules, rules_of, rules_view
from sluice.promoters.store import bonus_settings, offers
from sluice.shared import errors, http
from sluice.shared.preconditions import ChangedMeanwhile

_ALL = "/organizations/{organization_id}/bonus-rules"
_OFFER = "/organizations/{organization_id}/offers/{offer_id}/bonus-rules"


@http.operation(
    access.staff(f"PUT {_ALL}", OPERATOR),
    access.staff(f"GET {_ALL}", OPERATOR),
    access.staff(f"PUT {_OFFER}", OPERATOR),
    access.staff(f"GET {_OFFER}", OPERATOR),
    body=PutBonusRules,
    answers={200: BonusRulesView},
    refusals=(errors.NotFound, ChangedMeanwhile),
)
def handler(call: http.Call[PutBonusRules, http.NoBody]) -> http.Answer:
    """Store the settings in the path, or show them."""
    organization_id, offer_id = call.organization_id, call.path.get("offer_id")
    if call.request.event["httpMethod"] == "PUT":
        wanted = rules_of(call.body)
        if offer_id is not None:
            offers.load(organization_id, offer_id)  # once there, an offer stays
        stored = bonus_settings.put(
            organization_id, offer_id, wanted, call.now, expected=call.expected
        )
        return http.Answer(200, rules_view(stored))
    found = bonus_settings.find(organization_id, offer_id)
    if found is None:
        raise errors.NotFound("There are no such settings.")
    return http.Answer(200, rules_view(found))
