"""Amounts written out, and what checks say of facts: no AWS."""

import pytest

from sluice.rewards.rules import money
from sluice.rewards.rules.checks import Checks, Facts, Velocity, judge

ALL = Checks(True, True, True, (Velocity(60, 2),))  # noqa: FBT003
GOOD = Facts(frozenset({"a"}), frozenset({"b"}), False, frozenset({"lin"}), {60: 1})  # noqa: FBT003


@pytest.mark.parametrize(
    ("amount_minor", "currency", "text"),
    [
        (12345, "CNY", "123.45"),
        (5, "CNY", "0.05"),
        (-5, "USD", "-0.05"),
        (12345, "JPY", "12345"),
        (12345, "KWD", "12.345"),
        (7, "PTS", "7"),
        (10**15, "CNY", "10000000000000.00"),
    ],
)
def test_an_amount_is_written_by_its_currency(amount_minor: int, currency: str, text: str) -> None:
    assert f"{money.exact(amount_minor, currency):f}" == text


@pytest.mark.parametrize(
    ("facts", "reasons"),
    [
        (GOOD, ()),
        (
            Facts(),
            (
                "self-referral-not-checked",
                "blacklisted-not-checked",
                "duplicate-account-not-checked",
                "velocity-not-checked",
            ),
        ),
        (
            Facts(frozenset({"a"}), frozenset({"a"}), True, frozenset({"wei"}), {60: 2}),  # noqa: FBT003
            ("self-referral", "blacklisted", "duplicate-account", "velocity"),
        ),
        (
            Facts(frozenset(), frozenset({"b"}), False, frozenset(), {}),  # noqa: FBT003
            ("self-referral-not-checked", "velocity-not-checked"),
        ),
    ],
)
def test_what_is_found_or_not_known_holds(facts: Facts, reasons: tuple[str, ...]) -> None:
    assert judge(ALL, "lin", facts).reasons == reasons
    assert judge(Checks(), "lin", facts).is_passed
