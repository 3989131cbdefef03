"""POST /organizations/{organization_id}/members: import members from CSV, line by line (F7).

The file that `GET ...?format=csv` gives: `member_id`, `name`, `roles` and `tags` (several parted by
`;`, roles also by blanks), `contact` (JSON), `email` (of the login; empty: none), `active`; at most
500 lines. All lines are checked before one is stored, each like a PUT: who is not listed stays as
they are, and so does what a column would hold that the file has not. A line that is wrong: nothing
is stored, but with `partial` what is right. Repeating it is harmless. For each line one
transaction, 6 write units; after 22 s it says from where to go on. Refused by line: last-operator.
"""

from sluice.organizations import inputs, member_sheets, rules, store
from sluice.organizations.access import staff
from sluice.organizations.refusals import LastOperator
from sluice.shared import http, imports, sheets, wire


@http.operation(
    staff("POST /organizations/{organization_id}/members", rules.OPERATOR),
    body=wire.Csv,
    query=imports.HowToImport,
    answers={200: imports.Imported},
)
def handler(call: http.Call[wire.Csv, imports.HowToImport]) -> http.Answer:
    """Store the members of the file."""
    kept = sheets.left_out(call.body.data, member_sheets.COLUMNS)

    def put(member_id: str, given: inputs.PutMember) -> None:
        settings = inputs.member_settings(given)
        settings = {name: value for name, value in settings.items() if name not in kept}
        store.put_member(call.organization_id, member_id, settings, call.now)

    sheet = imports.Sheet(
        columns=member_sheets.COLUMNS,
        required=member_sheets.REQUIRED,
        parse=member_sheets.parse,
        store=put,
        fields={LastOperator: "roles"},
        id_type=inputs.MemberId,
    )
    return http.Answer(200, imports.run(call, sheet))
