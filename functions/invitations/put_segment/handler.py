"""PUT /organizations/{organization_id}/segments/{segment_id}: whom a promotion is for (C1).

By a rule over the attributes of people, or without one by the list `segment:<id>`, which people
join one by one and by import. PUT: one read and one write of 2 write units; none where nothing
changes. GET shows it: one read. Refuses: changed-meanwhile, not-found.
"""

from sluice.invitations import people_views as views
from sluice.invitations.rules import segments as rules
from sluice.invitations.store import segments
from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.shared import http
from sluice.shared.errors import Invalid, NotFound
from sluice.shared.preconditions import ChangedMeanwhile


@http.operation(
    access.staff("PUT /organizations/{organization_id}/segments/{segment_id}", OPERATOR),
    access.staff("GET /organizations/{organization_id}/segments/{segment_id}", OPERATOR),
    body=views.PutSegment,
    answers={200: views.SegmentView},
    refusals=(NotFound, ChangedMeanwhile),
)
def handler(call: http.Call[views.PutSegment, http.NoBody]) -> http.Answer:
    """Store the segment, or show it."""
    organization_id, segment_id = call.organization_id, call.path["segment_id"]
    if call.request.event["httpMethod"] == "PUT":
        rule = call.body.rule
        if rule is not None and (wrong := rules.faults(rule)):
            raise Invalid(f"The rule has {wrong[0]}.", [("rule", reason) for reason in wrong])
        name = call.body.name
        segment = segments.put_segment(
            organization_id, segment_id, name, rule, call.now, expected=call.expected
        )
    else:
        segment = segments.load_segment(organization_id, segment_id)
    return http.Answer(200, views.of_segment(segment))
