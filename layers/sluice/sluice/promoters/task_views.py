"""Tasks and boards as promoters see them (F3)."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from sluice.promoters.offer_views import FiguresView, ProductView
from sluice.promoters.rules.commissions import Reward, part_of
from sluice.promoters.store.boards import Board
from sluice.promoters.store.tasks import Task
from sluice.rewards.rules.money import exponent_of
from sluice.shared import http
from sluice.shared.fields import Time

MAX_NEIGHBOURS = 50


class ReadTasks(http.Body):
    """Which page in which order; or which board, and how many neighbours on either side."""

    order: Literal["overall", "own", "combined"] = "overall"
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=300)] = ""
    period: Literal["month", "all"] = "month"
    neighbours: Annotated[int, Meta(ge=0, le=MAX_NEIGHBOURS)] = 3


class TagReward(http.View):
    """What a tag earns for the product's usual price."""

    tag: str
    amount_minor: int


class TaskReward(http.View):
    """What this promoter would earn: by which tag, and what the others of theirs would give.

    `amount_minor` is for the product's usual price, by which the best tag is found; of a payment
    it is `fixed_minor`, or `rate_millionths` of it, at most `cap_minor`.
    """

    tag: str
    amount_minor: int
    others: list[TagReward]
    fixed_minor: int | None = None
    rate_millionths: int | None = None
    cap_minor: int | None = None
    next_tier_from: int | None = None  # transactions with this offer, of theirs


class TaskView(http.View):
    """An offer for a promoter; `coefficient` is the offer's in all, `own` what they did with it.

    `url`: their link, once they asked for it; its QR image is at `/image` below.
    """

    offer_id: str
    version: int
    merchant_id: str
    product: ProductView
    currency: str
    currency_exponent: int
    ends_at: Time
    reward: TaskReward
    coefficient: int
    own: FiguresView
    url: str | None = None


class TaskPage(http.View):
    """Tasks in the order asked for; a page may hold fewer than its limit."""

    items: list[TaskView]
    next_cursor: str | None = None


class BoardRow(http.View):
    """A promoter's place."""

    rank: int
    member_id: str
    coefficient: int


class BoardView(http.View):
    """A promoter's rank, left out where they are not on the board, and who is near them."""

    period: str
    promoters: int
    items: list[BoardRow]
    rank: int | None = None
    made_at: Time | None = None


def task_view(task: Task, url: str | None) -> TaskView:
    """Return a task as its promoter sees it, with their link."""
    offer, own = task.offer, task.own
    names = ("transactions", "promotions", "visits")
    return TaskView(
        offer_id=offer.offer_id,
        version=offer.version,
        merchant_id=offer.merchant_id,
        product=msgspec.convert(msgspec.to_builtins(offer.product), ProductView),
        currency=offer.currency,
        currency_exponent=exponent_of(offer.currency),
        ends_at=offer.ends_at,
        reward=_reward(task.rewards, int(own.transactions) if own else 0),
        coefficient=task.coefficient,
        own=FiguresView(**{name: int(getattr(own, name)) if own else 0 for name in names}),
        url=url,
    )


def board_view(board: Board) -> BoardView:
    """Return a promoter's surroundings."""
    rows = [
        BoardRow(rank=rank, member_id=row.name, coefficient=row.coefficient)
        for rank, row in enumerate(board.rows, board.first_rank)
    ]
    return BoardView(
        period=board.period,
        promoters=board.promoters,
        items=rows,
        rank=board.rank,
        made_at=board.made_at,
    )


def _reward(rewards: Sequence[Reward], transactions: int) -> TaskReward:
    best, *others = rewards
    part = part_of(best.rule, transactions)
    tiers = [tier.from_transactions for tier in best.rule.tiers]
    return TaskReward(
        tag=best.tag,
        amount_minor=best.amount_minor,
        others=[TagReward(tag=each.tag, amount_minor=each.amount_minor) for each in others],
        fixed_minor=part.amount_minor,
        rate_millionths=part.rate_millionths,
        cap_minor=best.rule.cap_minor,
        next_tier_from=next((step for step in tiers if step > transactions), None),
    )
