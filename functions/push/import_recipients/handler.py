"""POST /organizations/{organization_id}/recipients: import recipients from CSV (F7).

`user_id`, `phone`, `email`, `openid`, `userid`, further `addresses` (JSON), `time_zone`, `locale`,
`tags` (parted by `;`), `consents` (JSON); at most 500 lines, each like a PUT. All are checked
before one is stored; a line that is wrong: nothing is stored, but with `partial` what is right.
What a file has no column for stays. Repeating it is harmless. For each line one read and one
transaction, 2 write units and 2 for each tag and address that comes or goes; after 22 s it says
from where to go on.
"""

from collections.abc import Mapping

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.push import recipient_sheets
from sluice.push.inputs import UserId
from sluice.push.rules.courtesy import Person
from sluice.push.store import recipients
from sluice.shared import http, imports, sheets, wire


@http.operation(
    access.staff("POST /organizations/{organization_id}/recipients", OPERATOR),
    body=wire.Csv,
    query=imports.HowToImport,
    answers={200: imports.Imported},
)
def handler(call: http.Call[wire.Csv, imports.HowToImport]) -> http.Answer:
    """Store the recipients of the file."""
    left_out = sheets.left_out(call.body.data, recipient_sheets.COLUMNS)

    def parse(cells: Mapping[str, str]) -> Person:
        return recipient_sheets.parse(cells, call.now)

    def put(user_id: str, person: Person) -> None:
        recipients.put_recipient(call.organization_id, user_id, person, call.now, left_out=left_out)

    sheet = imports.Sheet(
        columns=recipient_sheets.COLUMNS,
        required=recipient_sheets.REQUIRED,
        parse=parse,
        store=put,
        id_type=UserId,
    )
    return http.Answer(200, imports.run(call, sheet))
