"""Configuration from the environment, checked when it is read: a bad one fails with what to do."""

import os

from sluice.shared.errors import ConfigurationError


def text(name: str) -> str:
    """Return the environment variable `name`. Raises ConfigurationError when it is not set."""
    value = os.environ.get(name, "")
    if not value:
        raise ConfigurationError(
            f"{name} is not set: add it to this function's Environment in template.yaml"
        )
    return value


def number(name: str, low: int, high: int) -> int:
    """Return the whole number `name`. Raises ConfigurationError outside low..high."""
    value = text(name)
    if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
        raise ConfigurationError(f"{name} is {value!r}: set a whole number from {low} to {high}")
    return int(value)


def optional(name: str) -> str:
    """Return the environment variable `name`, or an empty text."""
    return os.environ.get(name, "")
