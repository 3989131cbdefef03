"""docs/cost.md: it says what its inputs give, and the arithmetic is that of a bill."""

from dataclasses import replace

import pytest

from infra import blocks
from infra.bench.costs import Operations
from infra.bench.following import Following
from infra.cost import bill, document
from infra.cost.bill import JOURNEYS, OPERATIONS, Inputs


@pytest.fixture
def inputs() -> Inputs:
    return bill.load()


def test_the_document_is_what_its_inputs_give(inputs: Inputs) -> None:
    """`make cost` writes docs/cost.md anew where this fails."""
    text = document.DOCUMENT.read_text()
    assert document.written(text, inputs) == text


def test_every_operation_of_the_bill_is_measured_by_the_bench(inputs: Inputs) -> None:
    assert set(inputs.measured) == set(OPERATIONS)
    assert set(OPERATIONS) <= {*vars(Operations), *vars(Following)}
    assert {name for journey in JOURNEYS for name in journey.steps} <= set(OPERATIONS)
    assert set(bill.CUSTOMER) <= {journey.name for journey in JOURNEYS}


def test_a_join_is_billed_by_its_units(inputs: Inputs) -> None:
    """4 write units and 1 of an index, as the goals of the bench demand (A5)."""
    parts = bill.of_operation(inputs, "join")
    assert parts["tables"] == pytest.approx(5 * inputs.prices["million"]["write_units"])
    assert parts["gateway"] == inputs.prices["million"]["rest_requests"]
    assert bill.of_operation(inputs, "count_join")["gateway"] == 0


def test_a_dearer_price_makes_a_dearer_bill(inputs: Inputs) -> None:
    million = inputs.prices["million"] | {
        "write_units": 2 * inputs.prices["million"]["write_units"]
    }
    dearer = replace(inputs, prices=inputs.prices | {"million": million})
    for journey in JOURNEYS:
        before, after = (bill.of_journey(each, journey)["tables"] for each in (inputs, dearer))
        assert before < after <= 2 * before


def test_more_memory_is_a_larger_share_of_a_core(inputs: Inputs) -> None:
    more = replace(inputs, memory_mb=inputs.memory_mb | {OPERATIONS["join"]: 1769})
    assert bill.duration_ms(more, "join") < bill.duration_ms(inputs, "join")


def test_events_of_the_outbox_are_relayed_and_billed(inputs: Inputs) -> None:
    journey = next(journey for journey in JOURNEYS if "payment" in journey.steps)
    parts, alone = bill.of_journey(inputs, journey), bill.of_operation(inputs, "payment")
    told = inputs.measured["payment"]["events"]
    relayed = told * bill.of_operation(inputs, "tell_event")["tables"]
    assert told > 0
    assert parts["tables"] == pytest.approx(alone["tables"] + relayed)
    assert parts["events"] == pytest.approx(told * inputs.prices["million"]["events"])


def test_what_is_counted_in_the_template_is_there() -> None:
    assert all(document.counted().values())
    assert document.counted().keys() == document.counts().keys()


def test_a_document_without_a_place_for_a_table_is_not_written() -> None:
    with pytest.raises(ValueError, match="0 places for idle"):
        blocks.written("# Cost\n", {"idle": ""})
