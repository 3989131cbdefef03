"""PUT /organizations/{organization_id}/promotions/{promotion_id}: settle a promotion (C1 to C5).

Whom it is for, when it runs, what inviter and newcomer get, which invitation counts. A change holds
for what happens from then on: the terms of before are kept for who took part by them. One read and
one write, of a change a transaction of 2 items, 2 write units for each KiB; the same again writes
nothing. Refuses: invalid-request, changed-meanwhile.
"""

import re

from sluice.invitations.promotion_views import PromotionView, PutPromotion, promotion_of, view_of
from sluice.invitations.rules.promotions import PROMOTION_ID
from sluice.invitations.store import promotions
from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.shared import errors, http
from sluice.shared.preconditions import ChangedMeanwhile


@http.operation(
    access.staff("PUT /organizations/{organization_id}/promotions/{promotion_id}", OPERATOR),
    body=PutPromotion,
    answers={200: PromotionView},
    refusals=(ChangedMeanwhile,),
)
def handler(call: http.Call[PutPromotion, http.NoBody]) -> http.Answer:
    """Store the promotion in the path."""
    promotion_id = call.path["promotion_id"]
    if not re.fullmatch(PROMOTION_ID, promotion_id):
        raise errors.Invalid(
            "No id of a promotion.", [("promotion_id", "not in the expected form")]
        )
    wanted = promotion_of(promotion_id, call.body)
    stored = promotions.put_promotion(
        call.organization_id, wanted, call.now, expected=call.expected
    )
    return http.Answer(200, view_of(stored))
