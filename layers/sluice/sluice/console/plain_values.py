"""Values that people write in a form where a program has text, numbers, yes or no, and more.

What is written is text, unless it is JSON of something else: `7`, `true`, `["a"]`; a text that
looks like one of these stands in quotes. `written` and `read` undo each other.
"""

from typing import Any

import msgspec


def read(text: str, *, fractions: bool = True) -> Any:
    """Return the value that is written; without `fractions` such as 0.5 stay text."""
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
    is_text = value is None or (isinstance(value, float) and not fractions)
    return text if is_text else value


def written(value: Any) -> str:
    """Return a value as it stands in a form, on one line."""
    if isinstance(value, str) and value and "\n" not in value and value == value.strip():
        return value if read(value) == value else msgspec.json.encode(value).decode()
    return msgspec.json.encode(value).decode()
