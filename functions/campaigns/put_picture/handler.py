"""PUT /organizations/{organization_id}/campaigns/{campaign_id}/picture: the posters' picture (B3).

A PNG or JPEG of at least 320 pixels a side, drawn anew as a JPEG of 2,480 at most before it is
kept; without an image there is none from then on. SVG is not taken: it can carry scripts. One read,
one file, one transaction of 2 items. Refuses: invalid-request, no-such-campaign, campaign-fixed.
"""

from typing import Annotated

from msgspec import Meta

from sluice.campaigns.material import pictures
from sluice.campaigns.refusals import CampaignFixed, NoSuchCampaign
from sluice.campaigns.store import pictures as kept
from sluice.organizations import rules
from sluice.organizations.access import staff
from sluice.shared import http


class PutPicture(http.Body):
    """A PNG or JPEG of at most 3,000,000 bytes, as base64."""

    max_body_bytes = 4_100_000
    image: Annotated[bytes, Meta(min_length=1)] | None = None


class PictureView(http.View):
    """What is kept, in pixels; posters with it have other addresses than those before."""

    content_hash: str
    width: int
    height: int


@http.operation(
    staff("PUT /organizations/{organization_id}/campaigns/{campaign_id}/picture", rules.OPERATOR),
    body=PutPicture,
    answers={200: PictureView, 204: ""},
    refusals=(NoSuchCampaign, CampaignFixed),
)
def handler(call: http.Call[PutPicture, http.NoBody]) -> http.Answer:
    """Keep the picture of the campaign in the path."""
    organization_id, campaign_id = call.organization_id, call.path["campaign_id"]
    given = call.body.image
    if given is None:
        kept.take_away(organization_id, campaign_id, call.now)
        return http.Answer(204)
    drawn = pictures.checked(given)
    size = (drawn.width, drawn.height)
    content_hash = kept.put(organization_id, campaign_id, drawn.jpeg, size, call.now)
    return http.Answer(200, PictureView(content_hash=content_hash, width=size[0], height=size[1]))
