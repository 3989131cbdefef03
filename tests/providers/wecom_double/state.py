"""What a corporation at WeCom is, for the double: employees, customers, groups, ways, limits."""

import itertools
from dataclasses import dataclass, field
from typing import Any

START_SECONDS = 1_772_700_000  # in March 2026


class Clock:
    """WeCom's clock: it stands still until a test moves it."""

    def __init__(self) -> None:
        self.seconds = float(START_SECONDS)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds


class Refused(Exception):  # noqa: N818 - WeCom's answer, not a fault
    """An errcode other than 0."""

    def __init__(self, errcode: int, errmsg: str = "refused") -> None:
        super().__init__(errmsg)
        self.errcode, self.errmsg = errcode, errmsg


@dataclass
class Limits:
    """WeCom's limits; tests make them small."""

    ways: int = 500_000
    # What WeCom answers at this limit is not documented where we looked: any unlisted code.
    ways_code: int = 45_999
    calls_per_minute: int = 10_000
    token_seconds: int = 7_200
    welcome_seconds: int = 20
    follow_page: int = 500
    customers_per_member: int = 5_000
    people_per_group: int = 500


@dataclass
class Employee:
    """A member of the corporation, in order unless a test says otherwise."""

    user_id: str
    refused: int = 0  # 84074 no right, 40098 no real name, 41054 not active, 60011 out of scope


@dataclass
class Relation:
    """What an employee has of a customer."""

    since: int
    state: str
    half: bool = False
    remark: str = ""
    description: str = ""
    tags: set[str] = field(default_factory=set)


@dataclass
class GroupMember:
    """Somebody in a group; type 1 is an employee, 2 a customer."""

    userid: str
    type: int
    join_time: int
    join_scene: int
    state: str = ""


@dataclass
class Group:
    """A customer group; `shown` is what groupchat/get still tells while it lags."""

    chat_id: str
    name: str
    owner: str
    members: dict[str, GroupMember] = field(default_factory=dict)
    shown: dict[str, GroupMember] | None = None
    version: int = 0


@dataclass
class Welcome:
    """A welcome code: who it is for, since when, and whether it was used."""

    user_id: str
    external_user_id: str
    at: float
    used: bool = False
    text: str = ""


class Corporation:
    """The state behind the API."""

    def __init__(self, corp_id: str, limits: Limits, clock: Clock) -> None:
        self.corp_id, self.limits, self.clock = corp_id, limits, clock
        self.employees: dict[str, Employee] = {}
        self.unionids: dict[str, str] = {}  # every WeChat user that exists, by external id
        self.relations: dict[tuple[str, str], Relation] = {}  # employee, customer
        self.unlicensed: set[str] = set()  # employees of whom the interface tells nothing
        self.groups: dict[str, Group] = {}
        self.contact_ways: dict[str, dict[str, Any]] = {}
        self.join_ways: dict[str, dict[str, Any]] = {}
        self.messages: list[dict[str, Any]] = []  # of apps to employees
        self.welcomes: dict[str, Welcome] = {}
        self._numbers = itertools.count(1)

    @property
    def now(self) -> int:
        """The time in whole seconds, as WeCom tells it."""
        return int(self.clock.seconds)

    def next_id(self, prefix: str) -> str:
        """Return an id nobody has."""
        return f"{prefix}{next(self._numbers):06d}"

    def employee(self, user_id: str) -> Employee:
        """Return an employee who may have customers."""
        found = self.employees.get(user_id)
        if found is None:
            raise Refused(40003, f"invalid userid {user_id}")
        if found.refused:
            raise Refused(found.refused, f"employee {user_id} is not usable")
        return found

    def relation(self, user_id: str, external_user_id: str) -> Relation:
        """Return the relation of an employee to a customer."""
        if external_user_id not in self.unionids:
            raise Refused(40096, f"invalid external userid {external_user_id}")
        found = self.relations.get((user_id, external_user_id))
        if found is None:
            raise Refused(84061, f"not external contact {external_user_id}")
        return found

    def group(self, chat_id: str) -> Group:
        """Return a group."""
        found = self.groups.get(chat_id)
        if found is None:
            raise Refused(40050, f"invalid chatid {chat_id}")
        return found
