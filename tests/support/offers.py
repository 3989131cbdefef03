"""An offer, as operators put it."""

from typing import Any

OFFER: dict[str, Any] = {
    "merchant_id": "orchard",
    "product": {
        "sku": "A-1",
        "name": "Apples, 5 kg",
        "type": "food/fruit",
        "price_minor": 10000,
        "description": "Red and sweet.",
        "url": "https://orchard.example/apples",
    },
    "currency": "CNY",
    "rules": [
        {"tag": "student", "amount_minor": 1500},
        {
            "tag": "pro",
            "rate_millionths": 100_000,
            "tiers": [{"from_transactions": 10, "rate_millionths": 200_000}],
            "cap_minor": 5000,
        },
    ],
    "starts_at": "2026-03-01T00:00:00Z",
    "ends_at": "2030-03-01T00:00:00Z",
    "attribution": {"model": "last_click", "window_seconds": 604800, "coupon_beats_link": True},
    "budget_minor": 1_000_000,
    "hold_seconds": 604_800,
    "status": "published",
}
