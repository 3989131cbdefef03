"""Phone numbers as people write them, in the one spelling that all of Sluice compares (C6, D10).

What is normalised here must come out the same for ever: docs/decisions/0022-person-keys.md.
"""

import unicodedata

from sluice.organizations.rules import PhonePlan

_E164_DIGITS = range(7, 16)
_BETWEEN = " -.()/\u00a0\u2010\u2011\u2012\u2013"  # what people write between digits
_STRIPPED = dict.fromkeys(map(ord, _BETWEEN))


class IdentityError(Exception):
    """This is nobody's identity. The text says why, without what was given."""


def phone(value: str, plan: PhonePlan | None) -> str:
    """Return a phone number as E.164, such as +8613800000001. Raises IdentityError."""
    written = digits_of(value)
    if written.startswith("+"):
        digits = written[1:]
    elif written.startswith("00"):
        digits = written[2:]
    elif plan is None:
        raise IdentityError("no country: begin with +, or set the organisation's phone_plan")
    else:
        digits = _international(written, plan)
    if not (digits.isascii() and digits.isdigit()) or digits.startswith("0"):
        raise IdentityError("no phone number")
    if len(digits) not in _E164_DIGITS:
        raise IdentityError("no phone number: 7 to 15 digits with its country")
    return f"+{digits}"


def _international(written: str, plan: PhonePlan) -> str:
    """Put the calling code before a number without one; many write it without a plus."""

    def fits(number: str) -> bool:
        return not plan.national_digits or len(number) in plan.national_digits

    national = written
    if plan.trunk_prefix and written.startswith(plan.trunk_prefix):
        national = written.removeprefix(plan.trunk_prefix)
    if fits(national):
        return plan.calling_code + national
    if written.startswith(plan.calling_code) and fits(written.removeprefix(plan.calling_code)):
        return written
    raise IdentityError("no phone number of the organisation's country: begin with +")


def digits_of(value: str) -> str:
    """Return a number without what people write between its digits."""
    return unicodedata.normalize("NFKC", value).translate(_STRIPPED)
