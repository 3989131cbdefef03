"""Strategies (E1): every change is a new version, and a version never changes."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

import msgspec

from sluice.organizations.store import SANDBOX
from sluice.organizations.tables import ProviderAccount
from sluice.push.refusals import NoStrategyProvider, PurposeNotAllowed, StrategyChanged
from sluice.push.rules.strategies import Channel, Definition, Terms, consent_for
from sluice.push.strategy_tables import Strategy
from sluice.shared import cursors, guard, ids, preconditions
from sluice.shared.errors import NotFound
from sluice.shared.table import find

MAX_TRIES = 5
_PLACE = r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}#[1-9][0-9]{0,8}"  # id # version


def put_strategy(
    organization_id: str,
    strategy_id: str,
    definition: Definition,
    *,
    types: Collection[str],
    now: datetime,
    expected: int | None = None,
) -> int:
    """Write the next version of a strategy and return its number.

    `types` are the account types that may carry its purpose. One query and one transaction: 2
    write units per KiB, as many to take the version before from the list, and 2 for each provider
    account that is checked (the sandbox is there from the start); all again, at most 5 times, when
    another call took the number. Where the version found, by the query or by the refused write,
    says the same, it is the answer and nothing is written: a repeated PUT adds no version. Raises
    NoStrategyProvider, PurposeNotAllowed, Contention when the number was taken each time, and
    ChangedMeanwhile: the latest version is not `expected`.
    """
    item = _new(organization_id, strategy_id, definition, now)
    for _ in guard.attempts(MAX_TRIES):
        found = _latest(organization_id, strategy_id)
        if found is not None and definition_of(found) == definition:
            item.version = found.version
            break
        before = 0 if found is None else int(found.version)
        preconditions.demand(expected, before)
        item.version = before + 1
        transaction = guard.Transaction()
        transaction.put(item, Strategy.key.does_not_exist(), StrategyChanged())
        if found is not None:
            _unlist(transaction, found)
        _check_providers(transaction, organization_id, definition.channels, types)
        try:
            transaction.commit()
        except NoStrategyProvider as refusal:
            if refusal.current is None:
                raise
            raise PurposeNotAllowed(refusal.fields) from None  # it is there, and of another type
        except StrategyChanged as refusal:
            taken = refusal.current
            if not isinstance(taken, Strategy) or definition_of(taken) != definition:
                continue
        break
    return int(item.version)


def _new(organization_id: str, strategy_id: str, definition: Definition, now: datetime) -> Strategy:
    return Strategy(
        ids.key(organization_id, strategy_id),
        organization_id=organization_id,
        strategy_id=strategy_id,
        purpose=definition.purpose,
        channels=msgspec.json.encode(definition.channels).decode(),
        behaviours=msgspec.json.encode(definition.behaviours).decode(),
        terms=msgspec.json.encode(definition.terms).decode(),
        listed_in=organization_id,
        created_at=now,
    )


def _unlist(transaction: guard.Transaction, before: Strategy) -> None:
    """Only the latest version is in the list."""
    listed = [Strategy.listed_in.remove()]
    exists, otherwise = Strategy.key.exists(), StrategyChanged()
    transaction.update(before, listed, condition=exists, otherwise=otherwise)


def _check_providers(
    transaction: guard.Transaction,
    organization_id: str,
    channels: Sequence[Channel],
    types: Collection[str],
) -> None:
    """A channel whose account is not there, or may not carry it, would cost each push its turn."""
    named = {account_id for channel in channels for account_id in channel.providers}
    for account_id in sorted(named - {SANDBOX}):
        transaction.check(
            ProviderAccount(organization_id, ids.key("provider", account_id)),
            condition=ProviderAccount.type.is_in(*sorted(types)),
            otherwise=NoStrategyProvider([*_naming(account_id, channels)]),
        )


def _naming(account_id: str, channels: Sequence[Channel]) -> Iterator[str]:
    """Yield the fields that name an account."""
    for place, channel in enumerate(channels):
        if account_id == channel.provider:
            yield f"channels[{place}].provider"
        if account_id in channel.fallback_providers:
            yield f"channels[{place}].fallback_providers"


def list_strategies(
    organization_id: str, limit: int, cursor: str
) -> tuple[Sequence[Strategy], str | None]:
    """Return a page of the latest versions, by id, and the cursor of the next.

    One query of the index: it may be a moment behind, and holds purpose and time only.
    """
    start = None
    if cursor:
        strategy_id, version = cursors.place_in(cursor, _PLACE).split("#")
        start = _after(organization_id, strategy_id, version)
    page = Strategy.by_organization.query(organization_id, limit=limit, last_evaluated_key=start)
    found = list(page)
    if page.last_evaluated_key is None or len(found) < limit:
        return found, None
    return found, cursors.cursor_of(f"{found[-1].strategy_id}#{int(found[-1].version)}")


def _after(organization_id: str, strategy_id: str, version: str) -> dict[str, dict[str, str]]:
    """Return where the query goes on, as DynamoDB writes it."""
    return {
        "listed_in": {"S": organization_id},
        "strategy_id": {"S": strategy_id},
        "key": {"S": ids.key(organization_id, strategy_id)},
        "version": {"N": version},
    }


def read_strategy(organization_id: str, strategy_id: str, version: int | None) -> Strategy:
    """Return a version, or the latest: one consistent read or query. Raises NotFound."""
    if version is None:
        return latest_strategy(organization_id, strategy_id)
    found = find(Strategy, ids.key(organization_id, strategy_id), version)
    if found is None:
        raise NotFound("There is no such version of the strategy.")
    return found


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
