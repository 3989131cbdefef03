"""Providers of paper, one for each account: they take messages or raise what they are told."""

from collections import defaultdict
from dataclasses import dataclass, field

import pytest

from sluice.organizations import store as organizations
from sluice.organizations.tables import ProviderAccount
from sluice.push.providers import Message, Sent, sandbox
from tests.support.events import ORGANIZATION


@dataclass
class Providers:
    """What each account answers, in turn; when nothing is left, it takes the message."""

    deduplicates: bool = True
    before: dict[str, list[BaseException]] = field(default_factory=lambda: defaultdict(list))
    after: dict[str, list[BaseException]] = field(default_factory=lambda: defaultdict(list))
    asked: list[str] = field(default_factory=list)  # accounts, one for each call
    taken: list[str] = field(default_factory=list)  # `account/channel`, for what reached the user
    addresses: list[str] = field(default_factory=list)
    _known: set[str] = field(default_factory=set)

    def send(self, account: ProviderAccount, message: Message) -> Sent:
        """Answer as told; a message that is known is not delivered twice, where it deduplicates."""
        name = account.account_id
        self.asked.append(name)
        if self.before[name]:
            raise self.before[name].pop(0)
        if not (self.deduplicates and message.tracking_id in self._known):
            self.taken.append(f"{name}/{message.channel}")
            self.addresses.append(message.address)
        self._known.add(message.tracking_id)
        if self.after[name]:
            raise self.after[name].pop(0)
        return Sent(f"m-{name}-{message.tracking_id}")


def provide(patch: pytest.MonkeyPatch, *accounts: str, deduplicates: bool = True) -> Providers:
    """Put providers in the sandbox's place, with accounts beside `sandbox`."""
    providers = Providers(deduplicates=deduplicates)
    patch.setattr(sandbox, "deduplicates", deduplicates)
    patch.setattr(sandbox, "send", providers.send)
    for account_id in accounts:
        organizations.put_provider_account(ORGANIZATION, account_id, {"type": "sandbox"})
    return providers
