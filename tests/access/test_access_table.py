"""Every caller x every route x organisation x thing, own and another's (F4)."""

import os

import pytest

from tests.access import table
from tests.access.callers import ABOUT, OUTSIDERS, STAFF, everybody
from tests.access.walk import ANOTHERS, FOREIGN, OWN, REFUSED, Row, Seen, opened, walk
from tests.access.world import Home, make_home, sign_in
from tests.support.client import Deployment
from tests.support.routes import DOORS

PROOF = pytest.mark.proof  # the walk takes minutes; tests/flows/test_access.py looks at outsiders

CREATES_ORGANIZATIONS = "PUT /organizations/{organization_id}"
KIND_OF = dict.fromkeys(STAFF, "staff") | {"partner": "partner", "provider": "provider"}


@pytest.fixture(scope="module")
def other(deployment: Deployment) -> Home:
    """The organisation that nobody here has any business in."""
    return make_home(deployment, "b")


@pytest.fixture(scope="module")
def seen(deployment: Deployment, other: Home) -> Seen:
    """What the walk saw; it changed nothing of the other organisation's."""
    home = make_home(deployment, "a")
    sign_in(home)
    with deployment.unchanged(other.organization.id):
        return walk(everybody(home), home, other)


def got_in(seen: Seen) -> set[tuple[Row, str]]:
    return {
        (row, name)
        for row, answers in seen.items()
        for name, answer in answers.items()
        if answer.status not in REFUSED
    }


@PROOF
def test_the_table_in_the_docs_is_what_was_seen(seen: Seen) -> None:
    found = table.render(seen)
    if os.environ.get("SLUICE_ACCESS") == "write":
        table.PATH.write_text(found)
    kept = table.PATH.read_text().splitlines()
    changed = [line for line in found.splitlines() if line not in kept]
    assert kept == found.splitlines(), "not as docs/access.md says:\n" + "\n".join(changed)


def test_every_route_is_in_the_docs() -> None:
    kept = table.PATH.read_text()
    assert set(opened()) == set(DOORS)
    assert not [route for route in opened() if f"`{route}`" not in kept], "run `make access`"


@PROOF
def test_every_route_and_every_role_is_in_the_walk(seen: Seen) -> None:
    assert {row.route for row in seen} == set(opened())
    assert all(set(answers) == set(ABOUT) for answers in seen.values())


@PROOF
def test_nobody_gets_into_another_organisation(seen: Seen) -> None:
    """But the admin, who is told that it is there already."""
    into = {(row.route, name) for row, name in got_in(seen) if row.organization == ANOTHERS}
    assert into == {(CREATES_ORGANIZATIONS, "admin")}
    answers = seen[Row(CREATES_ORGANIZATIONS, ANOTHERS, OWN)]
    assert answers["admin"].problem == "organization-exists"


@PROOF
def test_outsiders_get_in_where_anyone_does_only(seen: Seen) -> None:
    kinds = {DOORS[row.route].kind for row, name in got_in(seen) if name in OUTSIDERS}
    assert kinds == {"anyone"}


@PROOF
def test_a_caller_gets_in_by_the_doors_of_their_kind_only(seen: Seen) -> None:
    for row, name in got_in(seen):
        assert DOORS[row.route].kind in {"anyone", KIND_OF.get(name)}, (row, name)


@PROOF
def test_an_admin_only_creates_organisations(seen: Seen) -> None:
    routes = {row.route for row, name in got_in(seen) if name == "admin" and row.organization}
    assert routes == {CREATES_ORGANIZATIONS}


@PROOF
def test_who_is_no_operator_any_more_changes_nothing(seen: Seen) -> None:
    """Writes check the member item, reads trust the token for as long as it is valid."""
    for row, name in got_in(seen):
        if name in {"demoted", "disabled"} and row.organization:
            assert row.route.startswith("GET "), (row, name)


@PROOF
def test_what_belongs_to_another_organisation_is_never_shown(seen: Seen, other: Home) -> None:
    """Its things begin with `b`: their names are no secret, what is in them is."""
    secret = {other.named("way"), other.named("user"), f"{other.letter}'s "}
    for row, answers in seen.items():
        if row.thing == FOREIGN:
            for name, answer in answers.items():
                told = answer.body.decode()
                assert not any(text in told for text in secret), (row, name, told)


@PROOF
def test_what_is_another_members_or_accounts_is_for_operators_only(seen: Seen) -> None:
    found = {name for row, name in got_in(seen) if (row.organization, row.thing) == (OWN, ANOTHERS)}
    assert found <= {"operator", "demoted", "disabled"}
