"""Partners with a quota: a share of it is taken before a call is carried out (F3)."""

from sluice.organizations import partners
from sluice.organizations.quota_tables import QuotaUse
from tests.faults.dump import Dump, dump
from tests.faults.operations import Call, case, partner
from tests.faults.world import World
from tests.support.aws import items_of
from tests.support.events import ORGANIZATION

QUOTA = {"per_second": 2, "per_day": 2}


def within(world: World) -> Dump:  # noqa: ARG001 - the form of every look
    """Look at all but how much of a quota is used: a share is lost with its process.

    Each window was counted, and none over its limit; what was left let the second try in.
    """
    found = {
        name: [line for line in lines if "#quota#" not in line] for name, lines in dump().items()
    }
    used = [item for item in items_of(QuotaUse) if isinstance(item, QuotaUse)]
    counted = [(each.key.split("#")[3], 1 <= int(each.used) <= 2) for each in used if _is_use(each)]
    return found | {"QUOTA": [f"{name} {fits}" for name, fits in sorted(counted)]}


def _is_use(item: QuotaUse) -> bool:
    return "#quota#" in item.key


@case("push/record_behaviour: of a partner with a quota", look=within)
def record_counted(world: World) -> Call:
    partners.put_partner(ORGANIZATION, "shop", "The Shop", world.now, quota=QUOTA)
    data = {"user_id": "u-1", "kind": "opened", "at": world.now.isoformat()}
    return partner(world, "push/record_behaviour", "behaviours", "behaviour.recorded.v1", data)
