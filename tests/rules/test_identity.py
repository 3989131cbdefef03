"""Identities: one person, one spelling, and never a word of it in what is printed (C6)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.invitations import identities
from sluice.invitations.rules.identity import Identity, IdentityError, normalised
from sluice.organizations.rules import PhonePlan
from sluice.shared import signing

CHINA = PhonePlan(calling_code="86", trunk_prefix="0", national_digits=[11])
BRITAIN = PhonePlan(calling_code="44", trunk_prefix="0")
ITALY = PhonePlan(calling_code="39")


@pytest.mark.parametrize(
    ("written", "plan", "e164"),
    [
        ("+86 138 0000 0001", None, "+8613800000001"),
        ("0086-138-0000-0001", None, "+8613800000001"),
        ("138 0000 0001", CHINA, "+8613800000001"),
        ("013800000001", CHINA, "+8613800000001"),
        ("8613800000001", CHINA, "+8613800000001"),
        ("\uff0b\uff18\uff1613800000001", None, "+8613800000001"),
        ("(020) 7946-0001", BRITAIN, "+442079460001"),
        ("06 1234 5678", ITALY, "+390612345678"),
        ("+39 06 1234 5678", ITALY, "+390612345678"),
    ],
)
def test_every_spelling_of_a_number_is_one_number(
    written: str, plan: PhonePlan | None, e164: str
) -> None:
    assert normalised(Identity("phone", written), plan) == e164


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("phone", "13800000001"),  # of no country
        ("phone", "+86abc00000001"),
        ("phone", "+0123456789"),
        ("phone", "+12345"),
        ("phone", "+" + "1" * 16),
        ("phone", ""),
        ("phone", "+\u0661\u0662\u0663\u0664\u0665\u0666\u0667x"),
        ("phone", "1" * 200),
        ("user", "a b"),
        ("user", ""),
        ("id:app1", " "),
        ("id:app1", "c\n1"),
        ("id:App1", "c1"),
        ("mail", "c1"),
    ],
)
def test_what_is_nobodys_is_refused_without_being_repeated(kind: str, value: str) -> None:
    with pytest.raises(IdentityError) as refused:
        normalised(Identity(kind, value))
    assert value.strip() == "" or value not in str(refused.value)


def test_an_identity_is_not_printed() -> None:
    assert "138" not in repr(Identity("phone", "+8613800000001"))


def test_ids_of_other_systems_keep_their_case() -> None:
    assert normalised(Identity("id:app1", "  Kd-7\u00a0")) == "Kd-7"


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_what_is_normal_stays_as_it_is(e164: str) -> None:
    assert normalised(Identity("phone", e164)) == e164
    spaced = " ".join(e164)
    assert normalised(Identity("phone", spaced)) == e164


def test_a_key_is_of_one_organisation_kind_and_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing, "identity_key", lambda *purpose: "/".join(purpose).encode())
    found = {
        identities.key_of(organization_id, Identity(kind, value))
        for organization_id in ("acme", "other")
        for kind in ("id:app1", "id:app2", "user")
        for value in ("7", "8")
    }
    assert len(found) == 12
    assert all(re.fullmatch(r"[0-9a-hjkmnp-tv-z]{26}", key) for key in found)
