"""What material says that is in no campaign (B3)."""

from datetime import datetime

import pytest

from sluice.campaigns.rules import wording

# ruff: noqa: RUF001, DTZ001 - the marks of Chinese are meant; local times, as posters say them
FIRST = datetime(2026, 4, 18, 14, 0)


@pytest.mark.parametrize(
    ("last", "locale", "expected"),
    [
        (datetime(2026, 4, 18, 22, 5), "en", "18 April 2026, 14:00 – 22:05"),
        (datetime(2026, 5, 6, 22, 0), "en-GB", "18 April 2026, 14:00 – 6 May, 22:00"),
        (datetime(2027, 1, 2, 9, 0), "de", "18 April 2026, 14:00 – 2 January 2027, 09:00"),
        (datetime(2026, 4, 18, 22, 5), "zh-CN", "2026年4月18日 14:00 – 22:05"),
        (datetime(2026, 5, 6, 22, 0), "zh", "2026年4月18日 14:00 – 5月6日 22:00"),
        (datetime(2027, 1, 2, 9, 0), "ZH-hans", "2026年4月18日 14:00 – 2027年1月2日 09:00"),
    ],
)
def test_a_span_says_once_what_both_ends_share(last: datetime, locale: str, expected: str) -> None:
    assert wording.span(FIRST, last, locale) == expected


def test_words_are_the_organisations_language_and_the_campaigns_go_before() -> None:
    assert wording.invitation("Lin", "en") == "Invited by Lin"
    assert wording.invitation("林", "zh-CN") == "林 诚邀您参加"
    assert wording.invitation("", "en") == ""
    assert wording.call_to_action("", "zh") == "长按识别二维码，立即报名"
    assert wording.call_to_action("Come", "zh") == "Come"
