"""A promotion, as operators put it."""

PROMOTION = {
    "name": "Bring a friend",
    "introduction": "Both get something.",
    "app_link": "https://app.example/join",
    "programme": "friends",
    "inviter_reward": {"amount_minor": 2000, "currency": "CNY"},
    "newcomer_reward": {"amount_minor": 1000, "currency": "CNY"},
    "starts_at": "2026-03-01T00:00:00Z",
    "ends_at": "2030-03-01T00:00:00Z",
    "segment_id": "savers",
    "message": {"strategy_id": "chain", "title": "T", "body": "B"},
}
