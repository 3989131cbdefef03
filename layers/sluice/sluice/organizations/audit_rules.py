"""What an entry of the audit log may tell of a call: what was given, never what was written (F5).

Of the fields of an input their names, which are ours; of their values numbers, switches, and words
that the input's type lists. Names, addresses, phone numbers, texts, secrets and whatever stands in
a list or map without fixed fields leave at most their number behind.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice

import msgspec
from msgspec import UNSET, UnsetType, inspect

MAX_FIELDS = 40
MAX_DEPTH = 4
MAX_WORDS = 8  # of a list of fixed words
MAX_NUMBER = 2**53  # beyond it JSON's readers disagree

# Things of the suite's own, which no name of a person leads to. Left out are the ids that partners
# give (`user_id` and a reward's `owner_id` may be addresses) and the keys of people (`person_key`).
THINGS = frozenset(
    f"{thing}_id"
    for thing in (
        *("account", "assignment", "batch", "campaign", "channel", "code", "content", "customer"),
        *("export", "import", "member", "merchant", "offer", "participation", "partner", "payout"),
        *("promotion", "push", "referrer", "reward", "run", "salesperson", "segment", "share"),
        *("delivery", "strategy", "sync", "template", "webhook"),
    )
) | {"programme"}
_SAME = {"code": "code_id"}  # as the answer says it, as the path does

type Told = bool | int | float | str | list[str] | None


class GivenField(msgspec.Struct, frozen=True, omit_defaults=True):
    """A field that was given: its value where that may be told, or how many it holds."""

    name: str  # `rule.order` is one of an object
    value: Told | UnsetType = UNSET
    count: int | UnsetType = UNSET


def things_in(names: Mapping[str, object]) -> set[str]:
    """Return the things that a path or an answer names, each as `channel_id:front-desk`."""
    found = {_SAME.get(name, name): value for name, value in names.items()}
    return {
        f"{name}:{value}"
        for name, value in found.items()
        if name in THINGS and isinstance(value, str) and value
    }


def fields_of(given: object, declared: type) -> list[GivenField]:
    """Return the fields of an input as it came, as JSON; it is of the declared type."""
    return list(islice(_walk("", given, _type_of(declared), MAX_DEPTH), MAX_FIELDS))


@cache
def _type_of(declared: type) -> inspect.Type:
    return inspect.type_info(declared)


def _walk(name: str, given: object, declared: inspect.Type, depth: int) -> Iterator[GivenField]:
    parts = list(_parts(declared))
    structs = [part for part in parts if isinstance(part, inspect.StructType)]
    if isinstance(given, dict) and len(structs) == 1 and depth:
        for each in structs[0].fields:
            if each.encode_name in given:
                path = f"{name}.{each.encode_name}" if name else each.encode_name
                yield from _walk(path, given[each.encode_name], each.type, depth - 1)
    elif given is None or all(_may_tell(given, part) for part in parts if not _is_null(part)):
        yield GivenField(name, value=given)  # type: ignore[arg-type]
    elif isinstance(given, (list, dict)):
        yield GivenField(name, count=len(given))
    else:
        yield GivenField(name)


def _parts(declared: inspect.Type) -> Iterator[inspect.Type]:
    """Yield the types that a value may have, without what is only said about them."""
    if isinstance(declared, inspect.UnionType):
        for part in declared.types:
            yield from _parts(part)
    elif isinstance(declared, inspect.Metadata) and not _words(declared):
        yield from _parts(declared.type)
    else:
        yield declared


def _is_null(declared: inspect.Type) -> bool:
    return isinstance(declared, inspect.NoneType)


def _may_tell(given: object, declared: inspect.Type) -> bool:
    """Tell whether a value may be told by one of its types; by every one of them it must."""
    match declared:
        case inspect.BoolType():
            return isinstance(given, bool)
        case inspect.IntType() | inspect.FloatType():
            return isinstance(given, (int, float)) and abs(given) <= MAX_NUMBER
        case inspect.ListType() | inspect.VarTupleType():
            of = list(_parts(declared.item_type))
            return (
                isinstance(given, list)
                and len(given) <= MAX_WORDS
                and all(_words(part) for part in of)
                and all(any(_may_tell(each, part) for part in of) for each in given)
            )
        case _:
            return isinstance(given, str) and given in _words(declared)


def _words(declared: inspect.Type) -> frozenset[str]:
    """Return the words that a type lists; none where it takes others."""
    match declared:
        case inspect.LiteralType(values=values):
            listed: tuple[object, ...] = tuple(values)
        case inspect.EnumType(cls=cls):
            listed = tuple(one.value for one in cls)
        case inspect.Metadata(extra_json_schema={"enum": enum}):
            listed = tuple(enum)
        case _:
            listed = ()
    return frozenset(word for word in listed if isinstance(word, str))
