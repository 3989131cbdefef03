"""What the console says: English as it stands in the templates, Chinese from `chinese/*.toml`."""

import tomllib
from functools import cache
from pathlib import Path

LANGUAGES = {"en": "English", "zh": "简体中文"}
FOLDER = Path(__file__).with_name("chinese")
# What a page may say after it was sent here by another that did something.
DONE = {
    "saved": "Saved.",
    "removed": "Removed.",
    "sent": "Sent.",
    "started": "Started. It goes on by itself.",
    "cancelled": "Cancelled.",
    "decided": "Decided.",
    "accepted": "Accepted. It counts from now on.",
    "shared": "Noted. Thank you for sharing.",
    "decided-before": "It had been decided before, as you see here.",
    "signed-out": "You have signed out.",
    "code-sent": "If there is a login with this address, a code is on its way to it.",
    "password-set": "The new password is set. Sign in with it.",
}


def translated(language: str, text: str, **values: object) -> str:
    """Return a text in a language, values put in where `{name}` stands."""
    found = _chinese().get(text, text) if language == "zh" else text
    return found.format(**values) if values else found


@cache
def _chinese() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        found |= tomllib.loads(path.read_text(encoding="utf-8"))
    return found
