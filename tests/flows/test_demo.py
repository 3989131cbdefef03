"""The demo's own parts (F1): its sample data says what is so, and it lets nothing pass."""

import sys
from typing import Any

import pytest

from infra.demo import __main__ as demo
from infra.demo import campaigning, opening, samples
from infra.demo.crowd import Joined, Visitor
from infra.demo.story import Failed, Story
from infra.demo.tally import Tally
from sluice.codes.rules import areas
from tests.support import here


@pytest.mark.parametrize("place", samples.places(), ids=lambda place: place.name)
def test_a_sample_place_is_served_by_the_shop_it_names_and_no_other(place: samples.Place) -> None:
    here = areas.Location(place.latitude, place.longitude)
    serving = [
        channel.id
        for channel in samples.channels()
        if channel.body["kind"] == "contact"
        and "service_area" in channel.body
        and areas.ready_area(channel.body["service_area"]).holds(here.spot)
    ]
    assert serving == [place.served_by]


def test_the_sample_has_a_dozen_channels_of_both_kinds_with_valid_areas_and_known_owners() -> None:
    channels = samples.channels()
    members = {member.id for member in samples.members("acme")}
    assert len(channels) >= 12
    assert {channel.body["kind"] for channel in channels} == {"contact", "group"}
    for channel in channels:
        assert channel.body["owner_id"] in {None, *members}
        if "service_area" in channel.body:
            assert areas.problem_with(channel.body["service_area"]) == ""


def test_what_does_not_hold_ends_the_demo_with_its_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def play(story: Story) -> None:
        story.step("a step")
        story.expect(1 + 1 == 2, "arithmetic is broken", "arithmetic holds")
        story.expect(len(sys.path) < 0, "a promise was not kept")

    monkeypatch.setattr(demo, "play", play)
    with pytest.raises(SystemExit) as ended:
        demo.main()
    out, err = capsys.readouterr()
    assert ended.value.code == 1
    assert err.strip() == "The demo failed: a promise was not kept"
    assert "ok  arithmetic holds" in out


def test_a_wait_ends_and_says_what_never_came() -> None:
    looked: list[Any] = []
    with pytest.raises(Failed, match=r"waited 0 s for a miracle, in vain"):
        Story().wait_for("a miracle", lambda: looked.append(1), 0.2)
    assert len(looked) > 1


def test_a_tally_counts_what_was_applied() -> None:
    tally = Tally()
    seat = {"assignment_id": "x.c.1", "channel": {"channel_id": "c"}}
    tally.joined(Joined(Visitor(1), 201, "", seat), "CODE", "lin")
    tally.told("x.c.1", "connected", "connected")
    tally.told("x.c.1", "lost", "lost")
    assert tally.recount("codes") == {
        "CODE": {"joins": 1, "connections": 1, "losses": 1, "releases": 0, "customers": 0}
    }
    assert tally.once_connected() == {"lin": {"x"}}


@pytest.mark.proof
def test_the_campaigns_chapter_holds_against_the_handlers_in_one_process(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The whole story is played by `make demo`: this tells sooner what a change breaks."""
    with here.started() as suite:
        story = Story()
        organization = opening.found(story, suite.staff, suite.url, "tea-1")
        campaigning.publish(story, organization)
        suite.run("TendCampaigns")
        campaigning.run(story, organization)
    told = capsys.readouterr().out
    assert "her poster, read by zxing, leads to her own signup page" in told
    assert "3 signed up, 2 took part: lin has 4000 more" in told
