"""What a customer answers to a campaign's form: each answer checked and spelled in one way (B4)."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from sluice.campaigns.rules.campaigns import Field
from sluice.organizations.phones import IdentityError, phone
from sluice.organizations.rules import PhonePlan
from sluice.shared.fields import Email

MAX_ANSWER = 1_000  # characters of one answer as it is sent; more than any form allows
USUAL_LENGTH = 200  # of a text whose field names no limit
MISSING, UNKNOWN = "missing", "no such question"
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}([.,][0-9]{1,6})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Checked(NamedTuple):
    """The answers in one spelling, and what is wrong as (question, reason): never what was said."""

    answers: dict[str, str]
    wrong: list[tuple[str, str]]


class _WrongError(Exception):
    """This answers no question of its type; the text says why, without what was given."""


def check(form: Sequence[Field], given: Mapping[str, str], plan: PhonePlan | None) -> Checked:
    """Check answers by the form; an answer of spaces is none."""
    answers: dict[str, str] = {}
    names = {field.name for field in form}
    wrong = [(name, UNKNOWN) for name in sorted(given.keys() - names)]
    for field in form:
        written = unicodedata.normalize("NFC", given.get(field.name, "")).strip()
        try:
            if written:
                answers[field.name] = _spelled(field, written, plan)
            elif field.required:
                wrong.append((field.name, MISSING))
        except (_WrongError, IdentityError) as error:
            wrong.append((field.name, str(error)))
    return Checked(answers, wrong)


def _spelled(field: Field, written: str, plan: PhonePlan | None) -> str:
    """Return an answer in the one spelling that is stored. Raises _WrongError, IdentityError."""
    match field.type:
        case "phone":
            return phone(written, plan)
        case "email":
            return _email(written)
        case "number":
            return _number(written)
        case "date":
            return _date(written)
        case "choice":
            if written not in (field.choices or ()):
                raise _WrongError("none of the choices")
            return written
        case "text":
            return _text(written, field.max_length or USUAL_LENGTH)


def _text(written: str, most: int) -> str:
    if not written.replace("\n", " ").replace("\r", " ").isprintable():
        raise _WrongError("holds what cannot be printed")
    if len(written) > most:
        raise _WrongError(f"over {most} characters")
    return written


def _email(written: str) -> str:
    try:
        return msgspec.convert(unicodedata.normalize("NFKC", written), Email)
    except msgspec.ValidationError:
        raise _WrongError("no e-mail address") from None


def _number(written: str) -> str:
    """Return a number with a point; a keyboard of East Asia may have given it in full width."""
    plain = unicodedata.normalize("NFKC", written)
    if not _NUMBER.fullmatch(plain):
        raise _WrongError("no number of at most 15 digits before the point and 6 behind it")
    return plain.replace(",", ".").removeprefix("+")


def _date(written: str) -> str:
    plain = unicodedata.normalize("NFKC", written)
    try:
        if _DATE.fullmatch(plain):
            return date.fromisoformat(plain).isoformat()
    except ValueError:
        pass
    raise _WrongError("no date such as 2026-03-05")
