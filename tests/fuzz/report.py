"""What a run saw, as lines to print."""

from collections.abc import Iterator

from tests.fuzz.document import operations
from tests.fuzz.run import Run

# Documented for every operation, and not to be had by asking: load, our faults, contention.
NOT_ASKED_FOR = {429, 500, 503}


def lines(run: Run, seed: int) -> Iterator[str]:
    """Yield the table: cases and statuses by operation, and which documented ones were not seen."""
    documented = seen = 0
    yield f"fuzz: FUZZ_SEED={seed}"
    for route, operation in operations(run.document).items():
        if route not in run.statuses:
            continue
        statuses = run.statuses[route]
        wanted = {int(status) for status in operation["responses"]} - NOT_ASKED_FOR
        documented, seen = documented + len(wanted), seen + len(wanted & set(statuses))
        counts = " ".join(f"{status}:{count}" for status, count in sorted(statuses.items()))
        missing = " ".join(map(str, sorted(wanted - set(statuses))))
        never = f" (never {missing})" if missing else ""
        yield f"  {route}: {statuses.total()} cases, {counts}{never}"
    excused = ", ".join(f"{name} {count}" for name, count in run.excused.items() if name)
    yield f"  excused: {excused or 'nothing'}"
    cases = sum(statuses.total() for statuses in run.statuses.values())
    yield (
        f"fuzz: {len(run.statuses)} operations, {cases} cases, "
        f"{seen} of {documented} documented statuses seen"
    )
