"""Who and what Acme Tea is (tests/support/acme.py), as the API takes it."""

from typing import Any

PEOPLE: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "lin": ("Lin Xia", "member", ()),
    "zhou": ("Zhou Min", "member", ()),
    "mei": ("Mei Fang", "member", ()),
    "ann": ("Ann Wu", "promoter", ("student",)),
    "ben": ("Ben Tao", "promoter", ("pro",)),
    "orchard": ("Orchard Farm", "merchant", ()),
}
CHANNELS: dict[str, dict[str, Any]] = {
    "zhou": {"name": "Zhou Min, shop", "owner_id": "zhou", "cap": 12},
    "mei": {"name": "Mei Fang, shop", "owner_id": "mei", "cap": 20},
    "tea-circle": {"name": "Tea circle", "kind": "group", "cap": 40},
    "night": {"name": "Night desk", "cap": 5, "backup": True},
    "old-shop": {"name": "Old shop", "cap": 8, "status": "closed"},
}
JOINS = (2, 3, 1, 4, 5, 3, 4)  # of each day, the last one today
SIGNUPS = ("王梅", "Chen Hao", "李小龙", "Sofia Rossi", "赵云")
STRATEGY: dict[str, Any] = {
    "purpose": "service",
    "behaviours": {"opened": "seen", "bought": "converted"},
    "channels": [
        {
            "channel": name,
            "wait_seconds": 1800,
            "success": "delivered",
            "price": {"amount_micros": micros, "currency": "CNY"},
        }
        for name, micros in (("official-account", 5_000), ("sms", 45_000), ("email", 1_000))
    ],
}
CONTENT = {
    "title": "Spring tea is here",
    "body": "The first picking, ten percent off this week.",
    "link": "https://tea.example/spring",
}
TEMPLATE = {
    "locales": {
        "en": {
            "title": "Spring tea, {name}",
            "body": "The first {tea} is here.\nTen percent off until Sunday.",
            "link": "https://tea.example/spring?for={name}",
        },
        "zh-CN": {
            "title": "{name}，春茶到了",
            "body": "第一批{tea}已到店，周日前九折。",
            "link": "https://tea.example/spring?for={name}",
            "templates": {"wechat_subscribe": {"id": "tea-7", "parameters": {"thing1": "{tea}"}}},
        },
        "de": {"title": "Der erste Tee", "body": "Er ist da. Bis Sonntag zehn Prozent."},
    },
    "fallback_locale": "en",
    "variables": ["name", "tea"],
}
GIFTS = {
    "budget": {"CNY": 100_000},
    "caps": [{"period_days": 30, "max_count": 5}],
    "checks": {"velocities": [{"window_seconds": 3600, "max_count": 1}]},
}
SEGMENT = {
    "name": "Tea lovers in the south",
    "rule": {
        "kind": "all",
        "of": [
            {"kind": "in", "attribute": "city", "values": ["Hangzhou", "Xiamen"]},
            {"kind": "at_least", "attribute": "orders", "value": 3},
            {"kind": "not", "of": {"kind": "equals", "attribute": "employee", "value": True}},
        ],
    },
}
READERS = {  # what the sandbox does with each message to a reader
    "u-mei": {"official-account": "deliver"},
    "u-hao": {"official-account": "fail", "sms": "deliver"},
    "u-sofia": {"official-account": "accept"},
    "u-yun": {"official-account": "reject", "sms": "reject", "email": "deliver"},
}
TOLD = {
    "purpose": "service",
    "channels": [{"channel": "app", "wait_seconds": 60, "success": "delivered"}],
}
OFFERS = {
    "apples": ("Apples, 5 kg", 10_000),
    "pears": ("Pears, 2 kg", 6_800),
    "plums": ("Plums", 3_200),
}
_WORDS = {"title": "{product}", "body": "{missing} to go"}
BONUS_RULES = {
    "rules": [
        {
            "channel_type": "copied",
            "deadline_seconds": 30 * 86_400,
            "transactions": 10,
            "amount_minor": 5000,
            "currency": "CNY",
            "reminder_seconds": 86_400,
            "coupon": {
                "below_transactions": 8,
                "amount_minor": 500,
                "valid_seconds": 10 * 86_400,
                "max_count": 100,
            },
        }
    ],
    "telling": {"strategy_id": "told", "offered": _WORDS, "reminder": _WORDS},
    "hints": {"min_age_seconds": 0, "few_transactions": 9, "few_promotions": 1},
}
