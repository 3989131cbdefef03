"""GET /organizations/{organization_id}/campaigns/{campaign_id}/material/{kind}: a member's (B3).

A poster (SVG or PNG, drawn once and kept), a link card or a text. A member has their own, an
operator anybody's, or before publishing a poster with `sample`, whose code leads nowhere; the
personal link's bearer at GET /c/{token}/material/{kind} that member's.
GET /s/{code}/card is the image of the link card, for anyone. What is too large for an answer is
redirected to an address of 15 minutes. 4 to 6 reads, a file; drawn anew one or two more. Refuses:
invalid-request, forbidden, not-found (takes no part, no logo), no-such-campaign, no-such-material,
code-gone.
"""

from sluice.campaigns.material_views import (
    MaterialView,
    MaterialWanted,
    card_view,
    look_of,
    text_view,
)
from sluice.campaigns.refusals import NoSuchCampaign, NoSuchMaterial
from sluice.campaigns.store import making, samples
from sluice.codes.refusals import CodeGone
from sluice.organizations import access
from sluice.organizations.rules import MEMBER, OPERATOR
from sluice.shared import http
from sluice.shared.errors import Forbidden, Invalid, NotFound

PRIVATE, PUBLIC = "private, max-age=300", "public, max-age=3600"


@http.operation(
    access.staff(
        "GET /organizations/{organization_id}/campaigns/{campaign_id}/material/{kind}",
        OPERATOR,
        MEMBER,
    ),
    http.anyone("GET /c/{token}/material/{kind}"),
    http.anyone("GET /s/{code}/card"),
    query=MaterialWanted,
    answers={200: (MaterialView, "image/png", "image/svg+xml", "image/jpeg"), 303: "", 304: ""},
    refusals=(NotFound, NoSuchCampaign, NoSuchMaterial, CodeGone),
)
def handler(call: http.Call[http.NoBody, MaterialWanted]) -> http.Answer:
    """Give the material in the path."""
    if "code" in call.path:
        subject = making.of_code(call.path["code"], call.request.base_url, call.now)
        return _image(call, subject, making.card_image_of(subject), PUBLIC)
    subject, kind = _subject(call), making.kind_of(call.path["kind"])
    making.check_offered(subject, kind)
    if kind == "poster":
        return _image(call, subject, making.poster_of(subject, look_of(call.query)), PRIVATE)
    view = text_view(subject) if kind == "text" else card_view(subject)
    return http.Answer(200, view, headers={"Cache-Control": PRIVATE})


def _subject(call: http.Call[http.NoBody, MaterialWanted]) -> making.Subject:
    base_url = call.request.base_url
    if "token" in call.path:
        return making.of_link(call.path["token"], base_url)
    member_id, owner = call.query.member_id, access.owner(call.caller)
    if call.query.sample:
        if owner is not None:
            raise Forbidden("Samples are for operators.")
        if member_id is not None or call.path["kind"] != "poster":
            raise Invalid("A sample is a poster of nobody's.", [("sample", "a poster alone")])
        return samples.of_campaign(call.organization_id, call.path["campaign_id"])
    member_id = member_id or owner
    if member_id is None:
        raise Invalid("Whose material is this?", [("member_id", "missing")])
    if owner not in {None, member_id}:
        raise Forbidden("This is another member's.")
    return making.of_member(call.organization_id, call.path["campaign_id"], member_id, base_url)


def _image(
    call: http.Call[http.NoBody, MaterialWanted],
    subject: making.Subject,
    shown: making.Shown,
    caching: str,
) -> http.Answer:
    """Answer an image by its name: a caller who has it is told so, without a look at the file."""
    headers = {"Cache-Control": caching, "ETag": f'"{shown.name}"'}
    if call.request.headers.get("if-none-match") == headers["ETag"]:
        return http.Answer(304, headers=headers)
    image = making.fetched(subject, shown)
    if image is None:
        return http.Answer(303, headers=headers | {"Location": making.address(subject, shown)})
    return http.Answer(200, image, making.MEDIA_TYPES[shown.format], headers)
