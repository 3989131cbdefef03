"""POST /organizations/{organization_id}/channels: import channels from CSV, line by line (F7).

The file that `GET ...?format=csv` gives: `channel_id` and what a PUT takes, in any order, at most
500 lines; an empty cell is the default, and what a column would hold that the file has not stays as
it is stored. All lines are checked before one is stored, each like a PUT.
A line that is wrong: nothing is stored, but with `partial` what is right. Repeating it is harmless.
For each line what a PUT reads and writes, and a read more where columns are kept; after 22 s it
says from where to go on.
Refused by line: channel-kind-fixed, no-such-owner, no-such-provider-account,
successor-unfit.
"""

from sluice.codes import channel_sheets, inputs
from sluice.codes.refusals import (
    ChannelKindFixed,
    NoSuchOwner,
    NoSuchProviderAccount,
    SuccessorUnfit,
)
from sluice.organizations import rules
from sluice.organizations.access import staff
from sluice.shared import http, imports, sheets, wire


@http.operation(
    staff("POST /organizations/{organization_id}/channels", rules.OPERATOR),
    body=wire.Csv,
    query=imports.HowToImport,
    answers={200: imports.Imported},
)
def handler(call: http.Call[wire.Csv, imports.HowToImport]) -> http.Answer:
    """Store the channels of the file."""
    kept = sheets.left_out(call.body.data, channel_sheets.COLUMNS)

    def store(channel_id: str, given: inputs.PutChannel) -> None:
        channel_sheets.store(call.organization_id, channel_id, given, kept, call.now)

    sheet = imports.Sheet(
        columns=channel_sheets.COLUMNS,
        required=channel_sheets.REQUIRED,
        parse=channel_sheets.parse,
        store=store,
        fields={
            ChannelKindFixed: "kind",
            NoSuchOwner: "owner_id",
            NoSuchProviderAccount: "provider",
            SuccessorUnfit: "successor",
        },
    )
    return http.Answer(200, imports.run(call, sheet))
