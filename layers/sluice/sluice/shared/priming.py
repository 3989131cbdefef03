"""What a function's first call would wait for, done when it starts: Lambda gives a whole core then.

That is making clients, opening connections over TLS, and reading a secret that is remembered.
"""

from collections.abc import Callable, Iterable

from sluice.shared import start, telemetry


def prime(reads: Iterable[Callable[[], object]]) -> None:
    """Do these reads now, in Lambda; each brings its own timeouts.

    One that fails is logged, and the rest are left too: the first call does them all then, and
    answers as it would have. So a start takes at most one read's timeouts, below Lambda's 10 s.
    """
    if not start.is_lambda():
        return
    for read in reads:
        try:
            read()
        except Exception:  # noqa: BLE001 - whatever it is, the first call meets it and answers
            telemetry.logger.warning("not_primed", exc_info=True)
            return
