"""Attributes of items that are JSON texts of typed things."""

import msgspec
from pynamodb.attributes import Attribute
from pynamodb.constants import STRING

from sluice.codes.rules.seats import Seat
from sluice.codes.rules.shifts import Shifts
from sluice.codes.rules.successors import Successor


class SeatAttribute(Attribute[Seat]):
    """A seat as compact JSON: under 1 KiB for one assignment, so a write costs what it must."""

    attr_type = STRING

    def serialize(self, value: Seat) -> str:
        """Return the JSON text."""
        return msgspec.json.encode(value).decode()

    def deserialize(self, value: str) -> Seat:
        """Return the seat."""
        return msgspec.json.decode(value, type=Seat)


class ShiftsAttribute(Attribute[Shifts]):
    """Shifts as JSON, in the form in which they are given."""

    attr_type = STRING

    def serialize(self, value: Shifts) -> str:
        """Return the JSON text."""
        return msgspec.json.encode(value).decode()

    def deserialize(self, value: str) -> Shifts:
        """Return the shifts."""
        return msgspec.json.decode(value, type=Shifts)


class SuccessorAttribute(Attribute[Successor]):
    """What follows a group, as JSON, in the form in which it is given."""

    attr_type = STRING

    def serialize(self, value: Successor) -> str:
        """Return the JSON text."""
        return msgspec.json.encode(value).decode()

    def deserialize(self, value: str) -> Successor:
        """Return the successor."""
        return msgspec.json.decode(value, type=Successor)
