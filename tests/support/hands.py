"""What people do at a page with their hands, in the language it speaks: for stories."""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import zxingcpp
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from sluice.console import texts
from sluice.shared import clock
from tests.support.browsers import DESKTOP, PHONE, SMALL, Visit
from tests.support.client import Organization, found_organization
from tests.support.here import Here

_ON_FORM = "%Y-%m-%dT%H:%M"  # times, as browsers send them
SIZES = {"customer": SMALL, "operator": DESKTOP, "orchard": DESKTOP}
PEOPLE = {
    "lin": ("Lin Xia", "member", ()),
    "zhou": ("Zhou Min", "member", ()),
    "ann": ("Ann Wu", "promoter", ("student",)),
    "orchard": ("Orchard Farm", "merchant", ()),
}


@dataclass
class Person:
    """Somebody at a page; names of what they see are the console's English ones, or as they are."""

    visit: Visit
    language: str

    @property
    def page(self) -> Page:
        """The page that they see."""
        return self.visit.page

    def say(self, text: str, **values: object) -> str:
        """Return a text of the console in their language."""
        return texts.translated(self.language, text, **values)

    def open(self, path: str) -> None:
        """Go to a page of the console, or with a slash in front of it to any."""
        answer = self.visit.open(path if path.startswith("/") else f"/console/{path}")
        assert answer.ok, f"{answer.status} of {path}"

    def press(self, button: str, within: Locator | None = None) -> None:
        """Press a button; where it asks back, yes."""
        self.page.once("dialog", lambda asked: asked.accept())
        (within or self.page).get_by_role("button", name=self.say(button), exact=True).first.click()

    def follow(self, link: str, *, exact: bool = True) -> None:
        """Follow a link, of the page itself or else of the menu."""
        self.page.get_by_role("link", name=self.say(link), exact=exact).last.click()

    def turn_to(self, entry: str) -> None:
        """Choose from the menu, which a phone opens first."""
        menu = self.page.locator("details.menu > summary")
        if menu.is_visible():
            menu.click()
        self.page.get_by_role("navigation").get_by_role("link", name=self.say(entry)).first.click()

    def fill(self, label: str, value: str, within: Locator | None = None) -> None:
        """Write into a field."""
        (within or self.page).get_by_label(self.say(label), exact=True).first.fill(value)

    def fill_all(self, **fields: str) -> None:
        """Write into fields by their names; `__` stands for a point."""
        for name, value in fields.items():
            self.page.locator(f'[name="{name.replace("__", ".")}"]').fill(value)

    def choose(self, label: str, value: str) -> None:
        """Choose one of several."""
        self.page.get_by_label(self.say(label), exact=True).first.select_option(value)

    def reads(self, *wanted: str) -> None:
        """Wait until these stand on the page, in their language where the console says them."""
        for text in wanted:
            expect(self.page.get_by_role("main")).to_contain_text(self.say(text))

    def saves(self, link: str) -> str:
        """Save a picture and return what the code in it says."""
        with self.page.expect_download() as saved:
            self.follow(link)
        return read_code(saved.value.path())

    def figure(self, name: str) -> Locator:
        """Return a figure of the page by its name."""
        return self.page.locator(".figure", has_text=self.say(name))


@dataclass
class Cast:
    """An organisation with people who may sign in and nothing else, and what stands in for others.

    What partner systems and providers do is done by `organization`; what people do they click.
    """

    here: Here
    organization: Organization
    open_visit: Any  # conftest's `visit`

    def person(self, name: str, language: str, **options: Any) -> Person:
        """Return `customer`, or `operator` or a member after they signed in."""
        visit = self.open_visit(SIZES.get(name, PHONE), language, **options)
        if name != "customer":
            email = f"{name}@{self.organization.id}.example"
            visit.open("/console/sign-in")
            visit.sign_in(email, self.here.staff.passwords[email])
        return Person(visit, language)


def gathered(here: Here) -> Organization:
    """Found an organisation and give its people logins."""
    organization = found_organization(here, name="Acme Tea", time_zone="Asia/Shanghai")
    staff = here.staff
    for member_id, (name, role, tags) in PEOPLE.items():
        email = f"{member_id}@{organization.id}.example"
        body = {"name": name, "roles": [role], "tags": list(tags), "login": {"email": email}}
        organization.operator.put(f"{organization.path}/members/{member_id}", body).expect(200)
        staff.wait_for_login(email)
        staff.set_password(email)
    return organization


def window() -> dict[str, str]:
    """Return a time that has begun, as fields of a form on Shanghai's clock."""
    begun, over = (clock.now() + timedelta(hours=hours) for hours in (7, 9 * 24))
    return {"starts_at": begun.strftime(_ON_FORM), "ends_at": over.strftime(_ON_FORM)}


def read_code(path: Path) -> str:
    """Return what the one code in a picture says, read as a phone's camera does."""
    with Image.open(path) as picture:
        found = zxingcpp.read_barcodes(picture.convert("L"))
    assert len(found) == 1, f"{len(found)} codes in the picture"
    return str(found[0].text)


def path_of(url: str) -> str:
    """Return the path of an address."""
    return re.sub(r"^https?://[^/]+", "", url)
