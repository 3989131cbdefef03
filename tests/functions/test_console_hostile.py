"""Every page of the console, for all roles, where every name and text is an attack (F5)."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import urllib3

import infra.demo.client
from sluice.console import areas, pages, sessions, user_pool
from sluice.console.pages import Page
from sluice.console.user_pool import Tokens
from sluice.shared import clock
from tests.support import here
from tests.support.acme import Acme, built
from tests.support.console import id_token

EVIL = "<u>'\"{{7*7}}"
TEXTS = {"name", "title", "headline", "text", "body", "introduction", "description", "label"}
VOID = {"meta", "link", "input", "img", "br", "hr", "col", "rect", "path"}
SCHEMES = {"", "http", "https", "tel", "data"}
ADDRESSES = {"href", "src", "action", "formaction"}
WHO = {"operator": "", "member": "lin", "promoter": "ann", "merchant": "orchard"}
REFUSED, MOVED = {400, 401, 404, 409, 422, 429}, {303}
_ATTRIBUTE = re.compile(r"[a-z][a-zA-Z]*(?:-[a-z]+)*\Z")
_PART = re.compile(r"\(\?P<(\w+)>[^)]*\)")

pytestmark = pytest.mark.proof


class Reader(HTMLParser):
    """Reads a page as a browser does and notes what its templates cannot have meant."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.open: list[str] = []
        self.ids: set[str] = set()
        self.forms: list[dict[str, str]] = []  # that are posted here: fields by name

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note tags and attributes that no template has, addresses elsewhere, ids given twice."""
        if tag not in VOID:
            self.open.append(tag)
        if tag == "u":
            self.faults.append("markup of a name")
        self.faults += [f"{tag} {name}" for name, _ in attrs if not _ATTRIBUTE.match(name)]
        given = dict(attrs)
        self.faults += [f"{tag} with an attribute twice"] * (len(given) < len(attrs))
        for name in ADDRESSES & given.keys():
            if urlsplit(given[name] or "").scheme not in SCHEMES:
                self.faults.append(f"{name} {given[name]}")
        self._note_form(tag, given)
        named = given.get("id")
        if named in self.ids:
            self.faults.append(f"id {named} twice")
        self.ids |= {named} if named else set()

    def _note_form(self, tag: str, given: dict[str, str | None]) -> None:
        if tag == "form" and given.get("method") == "post" and "action" not in given:
            self.forms.append({})
        name = given.get("name")
        if self.forms and "form" in self.open and name and given.get("type") != "file":
            is_text = tag == "textarea" or given.get("type") not in (None, "hidden", "checkbox")
            self.forms[-1][name] = EVIL if is_text else given.get("value") or ""

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read `<rect/>`: it is closed."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note what is closed in another order than it was opened."""
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> of another")


def hostile(body: Any) -> Any:
    """Return a body whose every text for people is an attack; names for programs stay."""
    if isinstance(body, list):
        return [hostile(each) for each in body]
    if not isinstance(body, dict):
        return body
    made = {name: hostile(value) for name, value in body.items()}
    for name in TEXTS & made.keys():
        text = made[name]
        if isinstance(text, str) and (" " in text or name == "label") and "{" not in text:
            made[name] = text + EVIL
    return made


def refuse(*_: str) -> None:
    """Know no code."""
    raise user_pool.WrongCode


@pytest.fixture(scope="module")
def acme() -> Iterator[Acme]:
    """Acme Tea after a week among people who write such names."""
    encode = infra.demo.client.encode
    with pytest.MonkeyPatch.context() as patch, here.started() as started:
        # Cognito says of a code for nobody that it is wrong; moto, that its client is not there.
        patch.setattr(user_pool, "reset", refuse)
        patch.setattr(infra.demo.client, "encode", lambda body: encode(hostile(body)))
        yield built(started, clock.now())


def declared() -> list[Page]:
    """Return every page that is looked at, of all areas."""
    for module in pkgutil.iter_modules(areas.__path__):
        importlib.import_module(f"{areas.__name__}.{module.name}")
    every = (page for area in pages._declared.values() for page in area)
    return [page for page in every if page.method == "GET"]


def cookie(acme: Acme, role: str) -> str:
    """Sign somebody in."""
    operator, path = acme.organization.operator, acme.organization.path
    members = operator.get(f"{path}/members").expect(200).json["items"]
    who = WHO.get(role) or next(each for each in members if role in each["roles"])["member_id"]
    token = id_token(role, who, acme.organization.id)
    profile = {"name": f"Boss {EVIL}", "organization": f"Acme {EVIL}", "time_zone": "Asia/Shanghai"}
    secret = sessions.opened(Tokens(token, "refresh"), profile).secret
    return f"{sessions.cookie_name(acme.here.url)}={secret}"


def known(acme: Acme) -> dict[str, str]:
    """Return a thing of each kind that pages are about."""
    operator, path = acme.organization.operator, acme.organization.path

    def one(where: str, name: str) -> str:
        return str(operator.get(f"{path}/{where}").expect(200).json["items"][0][name])

    return {
        "account_id": "sandbox",
        "assignment_id": one("assignments?channel_id=zhou", "assignment_id"),
        "batch_id": "none",
        "campaign_id": "spring",
        "channel_id": "zhou",
        "code": acme.code,
        "delivery_id": "none",
        "export_id": acme.export_id,
        "member_id": "lin",
        "offer_id": "apples",
        "payout_id": "none",
        "promotion_id": "spring",
        "programme": one("rewards?owner_id=ann", "programme"),
        "push_id": acme.pushes["u-hao"],
        "run_id": "none",
        "segment_id": "south",
        "strategy_id": "spring-offer",
        "sync_id": "none",
        "template_id": "spring-tea",
        "webhook_id": "crm",
    }


# Of what Acme has none of: a page says so.
NONE = {"batch_id", "delivery_id", "payout_id", "run_id", "sync_id"}


def looked_at(acme: Acme, cookies: dict[str, str], role: str, path: str, language: str) -> Any:
    """Return the answer to a visit of somebody who brought an attack in the address, too."""
    asked = {"name": EVIL, "user_id": "u-hao", "id": EVIL, "currency": "CNY"}
    asked["language"] = language
    headers = {"Cookie": cookies[role], "Accept": "text/html"}
    target = f"{acme.here.url}/console/{path}?{urlencode(asked)}"
    return urllib3.request("GET", target, headers=headers, redirect=False, retries=False)


def faults_of(text: str) -> list[str]:
    """Return what is wrong with a page: what ran, or was taken for markup or a template."""
    reader = Reader()
    reader.feed(text)
    reader.close()
    left = [f"<{tag}> is not closed" for tag in reader.open]
    return reader.faults + left


def forms_of(text: str) -> list[dict[str, str]]:
    """Return the forms of a page that people write something into, filled in with an attack."""
    if "<html" not in text:
        return []
    reader = Reader()
    reader.feed(text)
    return [form for form in reader.forms if EVIL in form.values()]


def posted(acme: Acme, cookies: dict[str, str], role: str, path: str, form: dict[str, str]) -> Any:
    """Return the answer to a form."""
    headers = {"Cookie": cookies[role], "Content-Type": "application/x-www-form-urlencoded"}
    target = f"{acme.here.url}/console/{path}?currency=CNY"
    given: dict[str, Any] = {"body": urlencode(form).encode(), "headers": headers}
    return urllib3.request("POST", target, redirect=False, retries=False, **given)


def test_what_people_write_is_text_on_every_page(acme: Acme) -> None:
    names, cookies = known(acme), {role: cookie(acme, role) for role in WHO}
    faults, shown, every = [], 0, declared()
    for number, page in enumerate(every):
        pattern = page.pattern.pattern.removesuffix(r"\Z")
        if pattern.startswith("ledger/"):  # whose accounts are people's
            pattern = pattern.replace("<account_id>", "<member_id>")
        path = _PART.sub(lambda found: names[found[1]], pattern)
        wanted = 404 if NONE & set(_PART.findall(pattern)) else 200
        for role in sorted(page.roles) or ["operator"]:
            answer = looked_at(acme, cookies, role, path, ("en", "zh")[number % 2])
            if answer.status != wanted:
                faults.append(f"{role} {path}: {answer.status}")
            if "text/html" in answer.headers.get("Content-Type", ""):
                text = answer.data.decode()
                faults += [f"{role} {path}: {fault}" for fault in faults_of(text)]
                shown += "&lt;u&gt;" in text and "{{7*7}}" in text
    assert not faults, "\n".join(faults)
    assert shown >= len(every) / 2  # the names do stand there


def test_what_people_write_is_text_where_their_form_is_shown_again(acme: Acme) -> None:
    names, cookies = known(acme), {role: cookie(acme, role) for role in WHO}
    faults, refused = [], 0
    for page in declared():
        pattern = page.pattern.pattern.removesuffix(r"\Z")
        path = _PART.sub(lambda found: names[found[1]], pattern)
        for role in sorted(page.roles) or ["operator"]:
            text = looked_at(acme, cookies, role, path, "en").data
            for form in forms_of(text.decode(errors="replace")):
                answer = posted(acme, cookies, role, path, form)
                refused += answer.status in REFUSED and b"&lt;u&gt;" in answer.data
                found = faults_of(answer.data.decode()) if answer.status not in MOVED else []
                found += [str(answer.status)] * (answer.status not in REFUSED | MOVED)
                faults += [f"{role} {path}: {fault}" for fault in found]
    assert not faults, "\n".join(faults)
    assert refused >= 8  # forms that keep what was written
