"""PUT /organizations/{organization_id}/channels/{channel_id}: create or change a channel (A1).

What is left out is set to its default. Counters are never touched: a cap lowered below what is
held evicts nobody. Service area, shifts and successor are an item of their own. Two
reads; for a channel that is new, open again or has another weight what others hold (2 queries, 1
batch read); one transaction of 1 to 4 items (2 write units each, more for a large area, and 1 of
the index), a read of what was stored. Refuses: changed-meanwhile, channel-kind-fixed,
no-such-owner, no-such-provider-account, successor-unfit, no-such-channel (removed meanwhile).
"""

from sluice.codes import inputs, views
from sluice.codes.refusals import (
    ChannelGone,
    ChannelKindFixed,
    ChannelMoved,
    NoSuchOwner,
    NoSuchProviderAccount,
    SuccessorUnfit,
)
from sluice.codes.store import channels
from sluice.organizations import rules
from sluice.organizations.access import staff
from sluice.shared import http
from sluice.shared.preconditions import ChangedMeanwhile


@http.operation(
    staff("PUT /organizations/{organization_id}/channels/{channel_id}", rules.OPERATOR),
    body=inputs.PutChannel,
    answers={200: views.ChannelView},
    refusals=(
        *(ChangedMeanwhile, ChannelGone, ChannelKindFixed),
        *(NoSuchOwner, NoSuchProviderAccount, SuccessorUnfit),
    ),
)
def handler(call: http.Call[inputs.PutChannel, http.NoBody]) -> http.Answer:
    """Store the channel in the path."""
    inputs.check_channel(call.body)
    settings = inputs.channel_settings(call.organization_id, call.body)
    named = call.organization_id, call.path["channel_id"]
    try:
        stored = channels.put_channel(*named, settings, call.now, call.expected)
    except ChannelMoved:
        stored = channels.unchanged(*named, settings)
    return http.Answer(200, views.of_channel(stored))
