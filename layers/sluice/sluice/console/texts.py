"""What the console says: English as it stands in the templates, Chinese from `chinese/*.toml`."""

import re
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


# How the API tells what is wrong with a value, most of it in msgspec's words, and how a page does.
PLAIN = {
    r"(?:\w+ is )?not an? (?:valid )?id": "An id has letters, digits and . _ - only.",
    r"The strategy is not valid": "The strategy is not valid.",
    r"The template is not valid": "The template is not valid.",
    r"Cells are empty that must not be": "Cells are empty that must not be.",
    r"(?:The file is )?not UTF-8": "The file is not UTF-8.",
    r"its provider may not carry": "its provider may not carry this purpose",
    r"no such provider account": "no such provider account",
    r"Expected `array` of length >= 1": "Choose at least one.",
    r"Expected `array` of length <= (\d+)": "{number} at most.",
    r"Expected `str` of length >= 1|Object missing|Expected `[a-z|]+`, got `null`": "missing",
    r"Expected `str` of length >= (\d+)": "{number} characters or more.",
    r"Expected `str` of length <= (\d+)": "{number} characters at most.",
    r"Expected `[a-z|]+` >= (-?\d+)": "{number} or more.",
    r"Expected `[a-z|]+` <= (-?\d+)": "{number} or less.",
    r"one of:? (?!the )(.+)": "one of: {number}",
    r"unknown: (.+)": "unknown: {number}",
    r"not declared: (.+)": "not declared: {number}",
    r"(.+): two rules": "two rules of {number}",
    r"Expected `str` matching regex|Invalid enum value": "not of the form that is wanted",
}
_NUMBER = re.compile(r"\d+")


def plainly(language: str, text: str) -> str:
    """Return what is wrong in plain words, behind the field's name where there is one.

    What nobody translated stays as it came.
    """
    told, _, place = text.partition(" - at `$")
    for pattern, plain in PLAIN.items():
        if found := re.match(rf"(?:{pattern})(?![\d])", told):
            number = next(iter(found.groups()), None)
            words = translated(language, plain, **({"number": number} if number else {}))
            name = place.strip(".`")
            return f"{name}: {words}" if name else words
    said = _counted(language, text)
    name, sign, reason = text.partition(": ")
    if said == text and sign and (behind := _counted(language, reason)) != reason:
        return f"{name}: {behind}"  # what somebody named, and what is wrong with it
    return said


def _counted(language: str, text: str) -> str:
    """Return a text in a language, where `{}` may stand for each number in it."""
    shape, numbers = _NUMBER.sub("{}", text), _NUMBER.findall(text)
    if numbers and language == "zh" and shape in _chinese():
        return _chinese()[shape].format(*numbers)
    return translated(language, text)


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
