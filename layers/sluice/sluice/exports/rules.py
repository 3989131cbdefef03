"""Exports (F7): what there is to export, how far one is, and what may become of it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, NamedTuple, get_args

from sluice.shared import slices

SCHEMA = 1  # of the files and the manifest; it changes with what a reader must know
EXPORT_ID = r"[0-9a-z]{26}"
PART_BYTES = 4_194_304  # a file ends with the page that takes it past this
MAX_PARTS = 5_000
KEPT = timedelta(days=7)  # the files: the bucket's lifecycle, PeopleLists in template.yaml
LISTED = timedelta(days=90)  # that there was one
STOPPED = "its worker stopped; order it anew"

type Format = Literal["csv", "ndjson"]
type KindName = Literal[
    "organization",
    "members",
    "partners",
    "provider_accounts",
    "channels",
    "outside_contacts",
    "codes",
    "assignments",
    "statistics_channels",
    "statistics_referrers",
    "statistics_codes",
    "alarms",
    "accounts",
    "entries",
    "rewards",
    "programmes",
    "payouts",
    "payout_rows",
    "offers",
    "commissions",
    "bonus_rules",
    "bonus_tasks",
    "campaigns",
    "signups",
    "promotions",
    "segments",
    "people",
    "inviters",
    "invitations",
    "participations",
    "opt_outs",
    "strategies",
    "templates",
    "runs",
    "recipients",
    "pushes",
    "push_attempts",
    "webhooks",
    "audit",
]


NAMES: tuple[KindName, ...] = get_args(KindName.__value__)


class Status(StrEnum):
    """What an export is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"  # it was done; its files are kept no longer


class Place(NamedTuple):
    """Up to where everything is in files: a kind by its number, and a place in its list."""

    kind: int
    inside: str


def status_of(status: str, created_at: datetime, moved_at: datetime, now: datetime) -> Status:
    """Return what an export is; its worker's silence and its files' end are told by the clock."""
    if slices.has_stopped(status, moved_at, now):
        return Status.FAILED
    if status == Status.DONE and created_at <= now - KEPT:
        return Status.EXPIRED
    return Status(status)


def after(place: Place, following: str | None) -> Place:
    """Return the place behind a page: in the same kind, or at the next one where that was all."""
    return Place(place.kind + 1, "") if following is None else Place(place.kind, following)
