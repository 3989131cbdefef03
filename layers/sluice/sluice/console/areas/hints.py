"""What a merchant may do better: few sales, few shares, a promoter who deserves more (D9)."""

from sluice.console.pages import MERCHANTS, Result, Visit, page


@page("hints", roles=MERCHANTS)
def show_all(visit: Visit) -> Result:
    """Show hints that hold now, then those that are over."""
    me = visit.member_id
    answer, offers = visit.api.gather(
        (("merchants", me, "hints"), {"limit": 100, "cursor": visit.query.get("cursor")}),
        (("offers",), {"merchant_id": me, "limit": 100}),
    )
    hints = sorted(answer["items"], key=lambda each: str(each["since"]), reverse=True)
    return visit.show(
        "hints/list.html",
        answer=answer,
        current=[each for each in hints if each["is_open"]],
        over=[each for each in hints if not each["is_open"]],
        products={each["offer_id"]: each["product"]["name"] for each in offers["items"]},
    )
