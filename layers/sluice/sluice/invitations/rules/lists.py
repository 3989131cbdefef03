"""Lists of people, by name, and what is known of a person (C1, C3, C4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from msgspec import Meta

from sluice.shared.fields import WORD

EXISTING_CUSTOMERS = "existing_customers"
BLACKLIST = "blacklist"
_SEGMENT, _ACTIVITY = "segment:", "activity:"
_OF = r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}"
LIST = rf"^(existing_customers|blacklist|segment:{_OF}|activity:{_OF})$(?!\n)"
ATTRIBUTE = WORD
MAX_ATTRIBUTES = 20
MAX_TEXT = 200
MAX_LISTS = 5  # joined, and left, in one call
MAX_KEYS = 8  # of one person, all found together
REFERENCE = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$(?!\n)"

type Value = str | int | float | bool
ListName = Annotated[str, Meta(pattern=LIST)]
Attributes = Annotated[
    dict[
        Annotated[str, Meta(pattern=ATTRIBUTE)],
        Annotated[str, Meta(max_length=MAX_TEXT)]
        | Annotated[int, Meta(ge=-(10**15), le=10**15)]
        | Annotated[float, Meta(ge=-1e15, le=1e15)]
        | bool,
    ],
    Meta(max_length=MAX_ATTRIBUTES),
]


def segment_list(segment_id: str) -> str:
    """Return the list of those who were put into a segment one by one."""
    return _SEGMENT + segment_id


def activity_list(promotion_id: str) -> str:
    """Return the list of those who really did a promotion's qualifying act (C4)."""
    return _ACTIVITY + promotion_id


def promotion_of(list_name: str) -> str | None:
    """Return the promotion whose activity record a list is; None: it is none."""
    return list_name.removeprefix(_ACTIVITY) if list_name.startswith(_ACTIVITY) else None


@dataclass(frozen=True)
class Entry:
    """That somebody is on a list: since when, and who said so."""

    at: datetime  # of an activity: when it was done
    source: str  # such as staff:boss, partner:bank, import:<id>, promotion:<id>
    reference: str | None = None  # of an activity: its id at the partner


@dataclass(frozen=True)
class Known:
    """All that is known of a person, by whichever identities."""

    keys: tuple[str, ...]  # person keys: those asked for, then those known to be the same person
    user_id: str | None = None  # in app 2
    lists: Mapping[str, Entry] = field(default_factory=dict)
    attributes: Mapping[str, Value] = field(default_factory=dict)
    is_whole: bool = True  # False: more identities, or more of one, than were looked at

    def is_on(self, list_name: str) -> bool:
        """Tell whether the person is on a list."""
        return list_name in self.lists


@dataclass(frozen=True)
class Statement:
    """What somebody says of a person: identities that are one person's, mapping, lists."""

    keys: tuple[str, ...]
    user_id: str | None = None
    attributes: Mapping[str, Value] | None = None  # None: they stay
    joins: Mapping[str, Entry] = field(default_factory=dict)
    leaves: frozenset[str] = frozenset()
