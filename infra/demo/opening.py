"""Step 1: staff sign in; organisation, people and channels are made through the API (A1, F4)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.demo import samples
from infra.demo.client import Client
from infra.demo.staff import ADMIN

if TYPE_CHECKING:
    from infra.demo.samples import Sample
    from infra.demo.staff import Staff
    from infra.demo.story import Story

AT_ONCE = 4
PARTNER = "shop"
REWARD_MINOR = 500
CURRENCY = "CNY"
OPERATOR = "operator"
REFERRER = "lin"


@dataclass(frozen=True)
class Login:
    """Somebody who can sign in, on this local deployment only."""

    email: str
    password: str
    id_token: str

    def shown(self) -> dict[str, str]:
        """Return what .local/demo.json keeps of it."""
        return {"email": self.email, "password": self.password}


@dataclass(frozen=True)
class Organization:
    """The organisation of this run, and the clients of those who act in it."""

    id: str
    anyone: Client
    admin: Login
    operator_login: Login
    referrer_login: Login
    partner_secret: str
    callback_secret: str
    channels: list[Sample]

    @property
    def path(self) -> str:
        """The beginning of its staff routes."""
        return f"/organizations/{self.id}"

    @property
    def operator(self) -> Client:
        """The API as its operator calls it."""
        return self.anyone.as_staff(self.operator_login.id_token)

    @property
    def referrer(self) -> Client:
        """The API as the referrer calls it."""
        return self.anyone.as_staff(self.referrer_login.id_token)

    def of_kind(self, kind: str) -> list[Sample]:
        """Return its channels of one kind."""
        return [channel for channel in self.channels if channel.body["kind"] == kind]

    def loads(self) -> dict[str, dict[str, Any]]:
        """Return every channel as the API lists it now, by id."""
        found: dict[str, dict[str, Any]] = {}
        following = ""
        for _ in range(10):  # pages of 100: more than any sample
            query = f"?limit=100&cursor={following}" if following else "?limit=100"
            page = self.operator.get(f"{self.path}/channels{query}").expect(200).json
            found |= {channel["channel_id"]: channel for channel in page["items"]}
            following = page.get("next_cursor", "")
            if not following:
                break
        return found


def found(story: Story, staff: Staff, base_url: str, organization_id: str) -> Organization:
    """Make the sample organisation, from the admin's first call to the last channel."""
    story.step("Staff sign in; organisation, people and channels are made through the API")
    anyone = Client(base_url)
    admin = _sign_in(staff, ADMIN, staff.make_admin())
    path = f"/organizations/{organization_id}"
    invited = samples.email(OPERATOR, organization_id)
    settings = {
        "name": "Spring Leaf Tea",
        "time_zone": "Asia/Shanghai",
        "locale": "zh",
        "referral_reward": {"amount_minor": REWARD_MINOR, "currency": CURRENCY},
        "first_operator_email": invited,
    }
    anyone.as_staff(admin.id_token).put(path, settings).expect(201)
    story.say(f"the platform's admin made {organization_id} and invited {invited}")
    login = _invited(staff, invited)
    story.say("the invitation went through the outbox; the operator signed in, a real token")
    operator = anyone.as_staff(login.id_token)
    account = operator.put(f"{path}/provider-accounts/sandbox", {"type": "sandbox"}).expect(200)
    partner = operator.put(f"{path}/partners/{PARTNER}", {"name": "The shop's checkout"})
    members, channels = samples.members(organization_id), samples.channels()
    _put_all(operator, f"{path}/members", members)
    _put_all(operator, f"{path}/channels", channels)
    story.say(f"{len(members)} members and {len(channels)} channels put from infra/demo/data")
    referrer = _invited(staff, samples.email(REFERRER, organization_id))
    story.say(f"{REFERRER}, who refers customers, signed in as a member")
    return Organization(
        id=organization_id,
        anyone=anyone,
        admin=admin,
        operator_login=login,
        referrer_login=referrer,
        partner_secret=partner.expect(200).json["secret"],
        callback_secret=account.json["callback_secret"],
        channels=channels,
    )


def check(story: Story, organization: Organization) -> None:
    """Show the channels as the API lists them, and that nobody else may."""
    listed = organization.loads()
    story.table(
        ("channel", "kind", "owner", "serves", "cap"),
        [
            (name, c["kind"], c.get("owner_id", ""), _serves(c), c["cap"])
            for name, c in listed.items()
        ],
    )
    wanted = {channel.id for channel in organization.channels}
    story.expect(set(listed) == wanted, f"the API lists {sorted(listed)}, not {sorted(wanted)}")
    path = f"{organization.path}/channels"
    answers = [organization.anyone.get(path), organization.referrer.get(path)]
    statuses = [answer.status for answer in answers]
    story.expect(
        statuses == [401, 403],
        f"channels answered {statuses} to a stranger and to a member, not 401 and 403",
        "a stranger gets 401, a member without the right 403",
    )


def _sign_in(staff: Staff, email: str, password: str) -> Login:
    return Login(email, password, staff.token(email, password))


def _invited(staff: Staff, email: str) -> Login:
    staff.wait_for_login(email)
    return _sign_in(staff, email, staff.set_password(email))


def _put_all(operator: Client, path: str, some: list[Sample]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = list(threads.map(lambda one: operator.put(f"{path}/{one.id}", one.body), some))
    for answer in answers:
        answer.expect(200)


def _serves(channel: dict[str, Any]) -> str:
    area = channel.get("service_area")
    if not area:
        return "anywhere"
    return f"{area['radius_meters']} m around" if "point" in area else "a polygon"
