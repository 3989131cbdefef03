"""Log of SNS's deliveries: what became of SMS that it sent (E3).

A line names a message id only, so that is mapped without organisation and account. Reads and writes
as ReceiveReceipt does for each line, and a query more. Where AWS is busy the lines come again,
twice, then they go to the failure queue; one that cannot be read goes there at once.
"""

from sluice.push import provider_events
from sluice.shared import events


@events.log_lines
def handler(line: str) -> None:
    """Settle what a line tells."""
    provider_events.receive_line(line)
