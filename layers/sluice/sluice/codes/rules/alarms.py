"""What operators are alarmed about (A10), and when that is over.

An alarm is an episode: raised once when a value passes its limit, over when it has gone well below
it, so that a value that stays at the limit does not tell of itself again and again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

Move = Literal["raise", "clear"]

POOL_FILLING = "pool-filling"
POOL_NEARLY_FULL = "pool-nearly-full"
NO_CONNECTIONS = "no-connections"
QUOTA_NEAR = "quota-near"
PROVIDER_ABNORMAL = "provider-abnormal"
CHANNEL_CLOSED = "channel-closed"  # by what its provider said of it
WEBHOOK_DISABLED = "webhook-disabled"
KINDS = (
    POOL_FILLING,
    POOL_NEARLY_FULL,
    NO_CONNECTIONS,
    QUOTA_NEAR,
    PROVIDER_ABNORMAL,
    CHANNEL_CLOSED,
    WEBHOOK_DISABLED,
)
POOL_PERCENT = {POOL_FILLING: (80, 75), POOL_NEARLY_FULL: (95, 90)}  # raised over, over below
QUOTA_PERCENT = (90, 85)
MEASURED = (POOL_FILLING, POOL_NEARLY_FULL, NO_CONNECTIONS)  # of which a look sees every subject


class Alarm(NamedTuple):
    """What an alarm is about: `subject` is a kind of channel, a code, a quota, an account or so."""

    kind: str
    subject: str


class Reading(NamedTuple):
    """A value that was looked at, and what it asks for where that is not so already."""

    alarm: Alarm
    asks: Move | None  # None: between the limits, all stays as it is
    facts: Mapping[str, str]


class Load(NamedTuple):
    """How full a channel is."""

    kind: str
    cap: int
    held: int


class Scanned(NamedTuple):
    """What came of a code: views of today, and of today and yesterday, and connections of both."""

    code: str
    views_today: int
    views: int
    connections: int


def moves(readings: Iterable[Reading], raised: Iterable[Alarm]) -> list[tuple[Move, Reading]]:
    """Return what changes: alarms that begin, and raised ones that are over.

    A raised alarm whose subject was not seen in a look that sees all of its kind is over.
    """
    open_ = set(raised)
    found, seen = [], set()
    for reading in readings:
        seen.add(reading.alarm)
        if reading.asks is not None and (reading.asks == "clear") == (reading.alarm in open_):
            found.append((reading.asks, reading))
    gone = sorted(each for each in open_ - seen if each.kind in MEASURED)
    return found + [("clear", Reading(alarm, "clear", {})) for alarm in gone]


def pools(loads: Iterable[Load]) -> list[Reading]:
    """Read how full the open channels of each kind are together."""
    caps: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for load in loads:
        caps[load.kind] += load.cap
        held[load.kind] += load.held
    readings = []
    for kind in sorted(kind for kind in caps if caps[kind]):
        percent = 100 * held[kind] / caps[kind]
        facts = {"percent": str(int(percent)), "held": str(held[kind]), "cap": str(caps[kind])}
        for name, limits in POOL_PERCENT.items():
            readings.append(Reading(Alarm(name, kind), _asks(percent, *limits), facts))
    return readings


def silent(codes: Iterable[Scanned], scans: int) -> list[Reading]:
    """Read which codes had `scans` views on this day, and no connection since yesterday.

    It is over with the first connection, or when hardly anybody scans it any more.
    """
    readings = []
    for code in codes:
        asks: Move | None = None
        if code.connections or code.views < scans / 2:
            asks = "clear"
        elif code.views_today >= scans:
            asks = "raise"
        facts = {"views": str(code.views_today)}
        readings.append(Reading(Alarm(NO_CONNECTIONS, code.code), asks, facts))
    return readings


def quota(subject: str, used: int, limit: int) -> Reading:
    """Read how near a quota is, such as `channels`."""
    facts = {"used": str(used), "limit": str(limit)}
    return Reading(Alarm(QUOTA_NEAR, subject), _asks(100 * used / limit, *QUOTA_PERCENT), facts)


def _asks(percent: float, over: int, below: int) -> Move | None:
    if percent > over:
        return "raise"
    return "clear" if percent < below else None


_TEXTS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "en": {
        POOL_FILLING: (
            "Channels are filling up",
            "{percent} % of the places in open channels ({subject}) are taken: {held} of {cap}.",
        ),
        POOL_NEARLY_FULL: (
            "Channels are nearly full",
            "{percent} % of places are taken ({subject}): {held} of {cap}. Open more channels.",
        ),
        NO_CONNECTIONS: (
            "A code brings nobody",
            "Code {subject} was scanned {views} times today and nobody was connected.",
        ),
        QUOTA_NEAR: ("A quota is nearly used up", "{subject}: {used} of {limit}."),
        PROVIDER_ABNORMAL: (
            "A provider account needs attention",
            "Account {subject} refuses our calls: {reason}",
        ),
        CHANNEL_CLOSED: (
            "A channel was closed",
            "Channel {subject} can receive nobody and was closed: {reason}",
        ),
        WEBHOOK_DISABLED: (
            "A webhook was disabled",
            "Webhook {subject} is told nothing more: {reason}.",
        ),
    },
    "zh": {
        POOL_FILLING: (
            "渠道名额即将用满",
            "开放渠道（{subject}）的名额已用 {percent}%：{held}/{cap}。",
        ),
        POOL_NEARLY_FULL: (
            "渠道名额接近用尽",
            "开放渠道（{subject}）的名额已用 {percent}%：{held}/{cap}。请增加渠道或提高上限。",
        ),
        NO_CONNECTIONS: (
            "活码有扫码但无人添加",
            "活码 {subject} 今日被扫 {views} 次，无人成功添加。",
        ),
        QUOTA_NEAR: ("配额即将用尽", "{subject}:{used}/{limit}。"),
        PROVIDER_ABNORMAL: ("服务商账号异常", "账号 {subject} 拒绝调用：{reason}"),
        CHANNEL_CLOSED: ("渠道已关闭", "渠道 {subject} 无法接待客户，已关闭：{reason}"),
        WEBHOOK_DISABLED: ("Webhook 已停用", "Webhook {subject} 不再接收事件：{reason}。"),
    },
}


class _Facts(dict[str, str]):
    """Facts for a text; one that was not given is a dash."""

    def __missing__(self, name: str) -> str:
        return "-"


def message(locale: str, alarm: Alarm, facts: Mapping[str, str]) -> dict[str, str]:
    """Return title and body of the notice, in the organisation's language."""
    title, body = _TEXTS.get(locale, _TEXTS["en"])[alarm.kind]
    return {"title": title, "body": body.format_map(_Facts({**facts, "subject": alarm.subject}))}


def operators(members: Iterable[tuple[str, bool, frozenset[str]]]) -> list[str]:
    """Return who is told: the active operators, of members as id, whether active, and roles."""
    return [name for name, active, roles in members if active and "operator" in roles]
