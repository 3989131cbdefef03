"""A campaign, as operators put it."""

from typing import Any

CAMPAIGN: dict[str, Any] = {
    "title": "Spring outing",
    "introduction": "Bring your friends to the park.",
    "starts_at": "2026-03-04T00:00:00Z",
    "ends_at": "2026-03-31T22:00:00+08:00",
    "material": ["poster", "card", "text"],
    "landing": {"headline": "Spring in the park", "text": "Music and tea.", "button": "Sign up"},
    "form": [
        {"name": "name", "label": "Name", "required": True, "max_length": 60},
        {"name": "phone", "label": "Phone", "type": "phone", "required": True},
        {"name": "day", "label": "Which day?", "type": "choice", "choices": ["Sat", "Sun"]},
    ],
    "targets": {"views": 200, "signups": 20, "participations": 10},
    "salespeople": ["zhou"],
    "audience": {"everyone": True},
    "reward": {
        "amount_minor": 2000,
        "currency": "CNY",
        "hold_days": 7,
        "budget_minor": 1_000_000,
    },
    "accent": "#0b7a75",
    "poster": {"layout": "banner", "call_to_action": "Scan to sign up"},
    "text_template": "{title}: {starts} - {ends}. Sign up with me: {link}",
    "notify": {"views_minutes": 60, "daily_summary": True, "at": 9},
    "status": "published",
}
