"""Examples of what webhooks tell, made from what is declared."""

from typing import Any

import msgspec

from sluice.webhooks.rules.facts import Facts


def facts_of(kind: type[Facts]) -> dict[str, Any]:
    """Return facts of a kind with every required field, and those that may be missing."""
    return {
        field.encode_name: _sample(field.encode_name, field.type)
        for field in msgspec.structs.fields(kind)
    }


_SAMPLES: dict[str, Any] = {
    "channel": "sms",
    "channel_type": "wechat",
    "currency": "CNY",
    "level": "delivered",
    "evidence": "confirmed",
    "list": "existing_customers",
    "programme": "referral",
    "purpose": "marketing",
    "state": "granted",
    "status": "published",
    "type": "wecom",
}


def _sample(name: str, kind: Any) -> Any:
    if name in _SAMPLES:
        return _SAMPLES[name]
    text = str(kind)
    if "datetime" in text:
        return "2026-03-05T08:00:00Z"
    if "bool" in text:
        return True
    if "int" in text:
        return 500 if name.endswith("_minor") else 1
    return name.removesuffix("_id").replace("_", "-") + "-1"
