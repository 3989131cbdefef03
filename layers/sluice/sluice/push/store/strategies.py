"""Strategies (E1): every change is a new version, and a version never changes."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from sluice.organizations.store import SANDBOX
from sluice.organizations.tables import ProviderAccount
from sluice.push.refusals import NoStrategyProvider, StrategyChanged
from sluice.push.rules.strategies import Channel, Definition, Terms, consent_for
from sluice.push.tables import Strategy
from sluice.shared import guard, ids
from sluice.shared.errors import NotFound

MAX_TRIES = 5


def put_strategy(
    organization_id: str,
    strategy_id: str,
    definition: Definition,
    *,
    now: datetime,
) -> int:
    """Write the next version of a strategy and return its number.

    One query and one transaction: 2 write units per KiB, and 2 for each provider account that is
    checked (the sandbox is there from the start); both again, at most 5 times, when another call
    took the number. Where the version found, by the query or by the refused write, says the same,
    it is the answer and nothing is written: a repeated PUT adds no version. Raises
    NoStrategyProvider, and Contention when the number was taken each time.
    """
    item = Strategy(
        ids.key(organization_id, strategy_id),
        organization_id=organization_id,
        strategy_id=strategy_id,
        purpose=definition.purpose,
        channels=msgspec.json.encode(definition.channels).decode(),
        behaviours=msgspec.json.encode(definition.behaviours).decode(),
        terms=msgspec.json.encode(definition.terms).decode(),
        created_at=now,
    )
    for _ in guard.attempts(MAX_TRIES):
        found = _latest(organization_id, strategy_id)
        if found is not None and definition_of(found) == definition:
            item.version = found.version
            break
        item.version = 1 if found is None else int(found.version) + 1
        transaction = guard.Transaction()
        transaction.put(item, Strategy.key.does_not_exist(), StrategyChanged())
        _check_providers(transaction, organization_id, definition.channels)
        try:
            transaction.commit()
        except StrategyChanged as refusal:
            taken = refusal.current
            if not isinstance(taken, Strategy) or definition_of(taken) != definition:
                continue
        break
    return int(item.version)


def _check_providers(
    transaction: guard.Transaction, organization_id: str, channels: Sequence[Channel]
) -> None:
    """A channel whose account is not there would cost each push its turn."""
    named = {account_id for channel in channels for account_id in channel.providers}
    for account_id in sorted(named - {SANDBOX}):
        places = [n for n, channel in enumerate(channels) if account_id in channel.providers]
        transaction.check(
            ProviderAccount(organization_id, ids.key("provider", account_id)),
            condition=ProviderAccount.type.exists(),
            otherwise=NoStrategyProvider(places),
        )


def latest_strategy(organization_id: str, strategy_id: str) -> Strategy:
    """Return the latest version: one consistent query. Raises NotFound."""
    found = _latest(organization_id, strategy_id)
    if found is None:
        raise NotFound("There is no such strategy.")
    return found


def _latest(organization_id: str, strategy_id: str) -> Strategy | None:
    versions = Strategy.query(
        ids.key(organization_id, strategy_id),
        scan_index_forward=False,
        limit=1,
        consistent_read=True,
    )
    return next(versions, None)


def definition_of(item: Strategy) -> Definition:
    """Return what a version says."""
    terms = item.terms
    return Definition(
        item.purpose,
        msgspec.json.decode(item.channels, type=tuple[Channel, ...]),
        msgspec.json.decode(item.behaviours, type=dict[str, str]),
        msgspec.json.decode(terms, type=Terms) if terms else Terms(consent_for(item.purpose)),
    )
