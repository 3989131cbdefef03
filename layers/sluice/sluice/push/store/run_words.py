"""What a run by a template says (E7, E8): kept with the run, from its start to its end."""

import msgspec

from sluice.push.rules.run_words import Words
from sluice.push.run_tables import Run, RunItem, RunTemplate
from sluice.shared.guard import Transaction
from sluice.shared.table import find

_TEMPLATE = "template"


def put_words(transaction: Transaction, run: Run, words: Words) -> None:
    """Add what is said to the transaction that starts a run: 2 write units for each KiB."""
    transaction.put(RunTemplate(run.key, _TEMPLATE, words=msgspec.json.encode(words).decode()))


def words_of(run: Run) -> Words:
    """Return what a run by a template says: one consistent read."""
    item = find(RunItem, run.key, _TEMPLATE)
    if not isinstance(item, RunTemplate):
        raise TypeError("a run by a template has none")
    return msgspec.json.decode(item.words, type=Words)
