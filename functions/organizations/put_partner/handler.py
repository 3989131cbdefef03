"""PUT /organizations/{organization_id}/partners/{partner_id}: create a partner and read its key.

`rotate_from` (the version to leave) gives a known partner a new key; the old one verifies for 24
hours more. The key is
derived, not stored, so this is also how an operator reads it again. One read, one transaction of
1 or 2 items. `quota` bounds its calls a second and a day: 429 beyond it. Refuses:
too-many-partners, partner-changed.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from sluice.organizations import access, partners, rules
from sluice.organizations.refusals import PartnerChanged, TooManyPartners
from sluice.shared import http, signing
from sluice.shared.fields import Title


class PutPartner(http.Body):
    """A system that signs its calls."""

    name: Title
    rotate_from: Annotated[int, Meta(ge=1, le=10**6)] | None = None
    quota: rules.Quota | None = None


class PartnerView(http.View):
    """The partner with its secret, in the form Standard Webhooks libraries take."""

    partner_id: str
    name: str
    secret: str
    key_version: int
    quota: rules.Quota | None = None


@http.operation(
    access.staff("PUT /organizations/{organization_id}/partners/{partner_id}", rules.OPERATOR),
    body=PutPartner,
    answers={200: PartnerView},
    refusals=(TooManyPartners, PartnerChanged),
)
def handler(call: http.Call[PutPartner, http.NoBody]) -> http.Answer:
    """Store the partner in the path and answer its secret."""
    partner_id = call.path["partner_id"]
    version = partners.put_partner(
        call.organization_id,
        partner_id,
        call.body.name,
        call.now,
        rotate_from=call.body.rotate_from,
        quota=msgspec.to_builtins(call.body.quota) if call.body.quota else None,
    )
    key = access.partner_key(call.organization_id, partner_id, version)
    view = PartnerView(
        partner_id=partner_id,
        name=call.body.name,
        secret=signing.webhook_secret(key),
        key_version=version,
        quota=call.body.quota,
    )
    return http.Answer(200, view)
