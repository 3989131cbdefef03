"""POST /receipts/{organization_id}/{provider_account_id}: a provider says what became of a message.

Found by tracking id, then by mapped message id, else by user and judged by behaviour (E3, E4). It
settles its attempt once; a late one credits its attempt, books later ones as waste and ends the
chain (E5). For each receipt: two or three reads, one transaction (2 to 10 write units, 4 more for
each attempt that became waste), at most one request to Step Functions and one write. One that is
not of ours is answered 202 `unmatched` and stored nowhere. A GET by which a provider tests the
address is answered its echo. Reads the account's secret once a minute. Refuses: unauthenticated.
"""

from sluice.push import providers, receipts
from sluice.shared import http


class ReceiptsTaken(http.View):
    """What became of each receipt: settled, none (no effect), early or unmatched."""

    outcomes: list[str]


@http.operation(
    providers.receipts_door("POST /receipts/{organization_id}/{provider_account_id}"),
    providers.echo_door("GET /receipts/{organization_id}/{provider_account_id}"),
    body=providers.Receipts,
    query=providers.ReceiptsQuery,
    answers={200: ("application/json", "text/plain"), 202: ReceiptsTaken},
)
def handler(call: http.Call[providers.Receipts, providers.ReceiptsQuery]) -> http.Answer:
    """Settle every receipt of the call."""
    outcomes = [
        receipts.receive(receipts.Incoming(call.organization_id, call.caller.id, receipt, call.now))
        for receipt in call.body.receipts
    ]
    reply = call.body.reply
    if reply is not None:
        return http.Answer(200, reply.text, reply.content_type)
    return http.Answer(202, ReceiptsTaken(outcomes=outcomes))
