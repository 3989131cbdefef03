"""Members: who belongs to the organisation, with which roles and logins; sheets in and out (F4)."""

from typing import Any

from sluice.console import sheets
from sluice.console.forms import Form
from sluice.console.pages import OPERATORS, Result, Visit, page
from sluice.shared import errors

_PAGE = 200


@page("members", roles=OPERATORS)
def show_all(visit: Visit) -> Result:
    """Show a page of members; the filter is of what the page has."""
    answer = visit.api.get("members", limit=_PAGE, cursor=visit.query.get("cursor"))
    role, wanted = visit.query.get("role", ""), visit.query.get("name", "").casefold()
    members = [
        one
        for one in answer["items"]
        if (not role or role in one["roles"])
        and wanted in f"{one['name']}\n{one['member_id']}\n{one.get('email', '')}".casefold()
    ]
    return visit.show("members/list.html", answer=answer, members=members)


@page("members/new", roles=OPERATORS)
def ask_for_new(visit: Visit) -> Result:
    """Ask who a new member is."""
    return visit.show("members/edit.html", member={})


@page("members/new", roles=OPERATORS, method="POST")
def add(visit: Visit) -> Result:
    """Add a member, unless there is one with this id."""
    member_id = visit.form.text("member_id")
    if visit.api.get_if_any("members", member_id) is not None:
        raise errors.Invalid("There is a member with this id.", [("member_id", "is taken")])
    visit.api.put("members", member_id, body=_given(visit.form))
    return visit.go("members", done="saved")


@page("members/sheet.csv", roles=OPERATORS)
def export(visit: Visit) -> Result:
    """Send all members as a sheet that the import takes back."""
    return sheets.export(visit, "members")


@page("members/import", roles=OPERATORS)
def ask_for_sheet(visit: Visit) -> Result:
    """Ask for a sheet."""
    return visit.show("sheet.html", title=visit.say("Import members"), report=None)


@page("members/import", roles=OPERATORS, method="POST")
def import_sheet(visit: Visit) -> Result:
    """Import a sheet and show what became of its lines."""
    report = sheets.take(visit, "members")
    return visit.show("sheet.html", title=visit.say("Import members"), report=report)


@page("members/{member_id}", roles=OPERATORS)
def show(visit: Visit) -> Result:
    """Show a member, to change."""
    return visit.show("members/edit.html", member=visit.api.get("members", visit.path["member_id"]))


@page("members/{member_id}", roles=OPERATORS, method="POST")
def change(visit: Visit) -> Result:
    """Change a member, their roles and their login."""
    visit.api.put("members", visit.path["member_id"], body=_given(visit.form))
    return visit.go("members", done="saved")


def _given(form: Form) -> dict[str, Any]:
    """Return the form as what a PUT takes. Raises Invalid: no line of contact."""
    email = form.text("email")
    given = form.given(
        name=form.text("name"),
        tags=form.lines("tags"),
        contact=_contact(form.text("contact")),
        login={"email": email} if email else None,
    )
    return given | {"roles": form.texts("roles"), "active": form.ticked("active")}


def _contact(text: str) -> dict[str, str]:
    """Return lines such as `phone: +86 138...` as what they say."""
    found = {}
    for line in filter(None, text.splitlines()):
        name, colon, value = line.replace("：", ":").partition(":")
        if not colon:
            raise errors.Invalid("Write name: value.", [("contact", f"no colon in: {line}")])
        found[name.strip()] = value.strip()
    return found
