"""GET /organizations/{organization_id}/channels/{channel_id}: a channel and its load (A1).

One batch read of the channel and its details.
"""

from sluice.codes import views
from sluice.codes.refusals import ChannelGone
from sluice.codes.store import channels
from sluice.organizations import rules
from sluice.organizations.access import staff
from sluice.shared import http


@http.operation(
    staff("GET /organizations/{organization_id}/channels/{channel_id}", rules.OPERATOR),
    answers={200: views.ChannelView},
    refusals=(ChannelGone,),
)
def handler(call: http.Call[http.NoBody, http.NoBody]) -> http.Answer:
    """Read the channel in the path."""
    found = channels.read_channel(call.organization_id, call.path["channel_id"])
    return http.Answer(200, views.of_channel(found))
