"""PUT /organizations/{organization_id}/members/{member_id}: create or change a member.

A login (pool user with the member's roles) follows by the outbox; `login: null` or
`active: false` disables it. Writes the member and its outbox item under a check that the
organisation exists: one transaction, 6 write units. Where an operator would be one no more a query
for another one and a second transaction, which checks them. Refuses: no-such-organization,
last-operator.
"""

from sluice.organizations import inputs, rules, store
from sluice.organizations.access import staff
from sluice.organizations.refusals import LastOperator, NoSuchOrganization
from sluice.shared import http


class MemberView(http.View):
    """The member as stored."""

    member_id: str
    name: str
    roles: list[str]
    active: bool


@http.operation(
    staff("PUT /organizations/{organization_id}/members/{member_id}", rules.OPERATOR),
    body=inputs.PutMember,
    answers={200: MemberView},
    refusals=(NoSuchOrganization, LastOperator),
)
def handler(call: http.Call[inputs.PutMember, http.NoBody]) -> http.Answer:
    """Store the member in the path."""
    given, member_id = call.body, call.path["member_id"]
    inputs.check_id(member_id)
    inputs.check_member(given)
    store.put_member(call.organization_id, member_id, inputs.member_settings(given), call.now)
    view = MemberView(
        member_id=member_id,
        name=given.name,
        roles=sorted(set(given.roles)),
        active=given.active,
    )
    return http.Answer(200, view)
