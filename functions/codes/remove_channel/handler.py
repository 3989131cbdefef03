"""DELETE /organizations/{organization_id}/channels/{channel_id}: give nobody a seat there (A9).

From the next join on, whatever a cache says: the join's own write refuses a removed channel.
Connected customers stay; a reserved one is moved when they come back. 4 write units. Refuses:
no-such-channel.
"""

from sluice.codes.refusals import ChannelGone
from sluice.codes.store import channels
from sluice.organizations import rules
from sluice.organizations.access import staff
from sluice.shared import http


@http.operation(
    staff("DELETE /organizations/{organization_id}/channels/{channel_id}", rules.OPERATOR),
    answers={204: ""},
    refusals=(ChannelGone,),
)
def handler(call: http.Call[http.NoBody, http.NoBody]) -> http.Answer:
    """Remove the channel in the path."""
    channels.remove_channel(call.organization_id, call.path["channel_id"])
    return http.Answer(204)
