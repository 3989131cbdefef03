"""What no list of an organisation leads to: read from the whole table, page by page (decision 41).

It reads what others have, too, and leaves it there: DynamoDB filters by the organisation that leads
the key, and by the class of the item.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from pynamodb.expressions.condition import Condition

from sluice.exports.walks import Asked, Found, Walk, flat
from sluice.shared.http import View
from sluice.shared.table import Table

ITEMS = 250  # looked at by a request: a table's own readers find room between two of them


def scanned[T: Table](
    model: type[T],
    row: Callable[[T], View | None],
    also: Callable[[Asked], Condition] | None = None,
) -> Walk:
    """Walk the items of an organisation in a table, in no order; those without a `row` are none.

    `also`: which of the items, where `model` alone does not say. A page is one request for 250
    items or 1 MB, whosever they are, so that an empty page is no end. It costs half a read unit
    for each 4 KiB of the table (eventually consistent): 125,000 for a million items of 1 KB.
    """
    attributes = model.get_attributes().values()
    key = next(each for each in attributes if each.is_hash_key)

    def page(asked: Asked, cursor: str) -> Found:
        own = key.startswith(f"{asked.organization_id}#")
        found = model.scan(
            own if also is None else own & also(asked),
            page_size=ITEMS,
            last_evaluated_key=msgspec.json.decode(cursor) if cursor else None,
        )
        items = next(found.page_iter)["Items"]
        rows = [row(model.from_raw_data(item)) for item in items]
        behind = found.page_iter.last_evaluated_key
        following = msgspec.json.encode(behind).decode() if behind else None
        return [one for one in rows if one is not None], following

    return flat(page)


def parts_of(key: str) -> list[str]:
    """Return the parts of a key behind the organisation that leads it."""
    return key.split("#")[1:]


def fields_of(view: View) -> dict[str, Any]:
    """Return a view's fields, for a row that has more."""
    return {name: getattr(view, name) for name in view.__struct_fields__}
