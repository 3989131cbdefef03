"""What stands before every call: tokens, rates, trusted addresses, and faults a test asks for."""

import itertools
from dataclasses import dataclass, field
from typing import Literal

from tests.providers.wecom_double.state import Corporation, Refused

type Kind = Literal["errcode", "status", "slow", "cut", "lost", "garbage", "huge"]
ELSEWHERE = "203.0.113.7"  # where a call seems to come from when it is not trusted


@dataclass
class Fault:
    """What goes wrong with the next `times` calls.

    errcode and status: `value` is answered, nothing is done. slow: `value` seconds pass first.
    cut: the connection ends, nothing is done. lost: it is done, then the connection ends.
    """

    call: str
    kind: Kind
    value: float = 0
    times: int = 1
    message: str = "injected"


@dataclass
class _Count:
    minute: int = -1
    calls: int = 0
    blocked_until: float = 0.0


@dataclass
class Gate:
    """The state of tokens, counts and faults."""

    corporation: Corporation
    secrets: set[str]
    trusted: bool = True
    faults: list[Fault] = field(default_factory=list)
    fetches: int = 0
    _tokens: dict[str, tuple[str, float]] = field(default_factory=dict)  # by secret
    _past: dict[str, float] = field(default_factory=dict)  # tokens by their end
    _counts: dict[str, _Count] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def fault_of(self, call: str) -> Fault | None:
        """Return what is to go wrong with this call, once less from now on."""
        for fault in self.faults:
            if fault.call == call and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    def count(self, call: str) -> None:
        """Refuse with 45009 over the rate, and for the minute after."""
        now = self.corporation.clock.seconds
        count = self._counts.setdefault(call, _Count())
        if now < count.blocked_until:
            raise Refused(45009, "api freq out of limit")
        if int(now // 60) != count.minute:
            count.minute, count.calls = int(now // 60), 0
        count.calls += 1
        if count.calls > self.corporation.limits.calls_per_minute:
            count.blocked_until = now + 60
            raise Refused(45009, "api freq out of limit")

    def token_for(self, corp_id: str, secret: str) -> tuple[str, int]:
        """Return the app's token and the seconds it has left; the same while it is valid."""
        self.fetches += 1
        if corp_id != self.corporation.corp_id:
            raise Refused(40013, "invalid corpid")
        if secret not in self.secrets:
            raise Refused(40001, "invalid credential")
        now = self.corporation.clock.seconds
        token, end = self._tokens.get(secret, ("", 0.0))
        if now >= end:
            token = f"token-{next(self._numbers)}-{secret}"
            end = now + self.corporation.limits.token_seconds
            self._tokens[secret] = token, end
            self._past[token] = end
        return token, int(end - now)

    def admit(self, token: str) -> None:
        """Refuse a call without a living token, or from an address that is not trusted."""
        if not token:
            raise Refused(41001, "access_token missing")
        if token not in self._past:
            raise Refused(40014, f"invalid access_token {token}")
        if self.corporation.clock.seconds >= self._past[token]:
            raise Refused(42001, "access_token expired")
        if not self.trusted:
            raise Refused(60020, f"not allow to access from your ip, from ip: {ELSEWHERE}")

    def kill_tokens(self) -> None:
        """Let all tokens die early: 40014 from now on, the next fetch gives another."""
        self._tokens.clear()
        self._past.clear()
