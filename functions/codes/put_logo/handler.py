"""PUT /organizations/{organization_id}/logo: the logo that codes may carry in the middle (A2).

A PNG or JPEG, drawn anew at 256 pixels at most before it is kept; without an image there is none
from then on. SVG is not taken: it can carry scripts. One transaction: 2 write units for each KiB
of what is kept and 2 for a check. Refuses: no-such-organization.
"""

from typing import Annotated

from msgspec import Meta

from sluice.codes import logos
from sluice.codes.store import logos as kept
from sluice.organizations import rules
from sluice.organizations.access import staff
from sluice.organizations.refusals import NoSuchOrganization
from sluice.shared import http


class PutLogo(http.Body):
    """A PNG or JPEG of at most 45,000 bytes, as base64."""

    image: Annotated[bytes, Meta(min_length=1)] | None = None


class LogoView(http.View):
    """What is kept."""

    width: int
    height: int


@http.operation(
    staff("PUT /organizations/{organization_id}/logo", rules.OPERATOR),
    body=PutLogo,
    answers={200: LogoView, 204: ""},
    refusals=(NoSuchOrganization,),
)
def handler(call: http.Call[PutLogo, http.NoBody]) -> http.Answer:
    """Keep the logo of the organisation in the path."""
    given = call.body.image
    if given is None:
        kept.put_logo(call.organization_id, None)
        return http.Answer(204)
    logo = logos.checked(given)
    kept.put_logo(call.organization_id, logo)
    return http.Answer(200, LogoView(width=logo.width, height=logo.height))
