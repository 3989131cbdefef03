"""One test of a rule that many things keep: to be a test of its own costs each more than the rule.

There are 11,000 pairs of a thing and a rule; two thirds of what pytest collected were these.
"""

from collections.abc import Callable, Iterable


def each[T](
    things: Callable[[], Iterable[T]], named: Callable[[T], str] = str
) -> Callable[[Callable[[T], None]], Callable[[], None]]:
    """Try a rule on everything and tell all that break it, by name.

    `things` is asked when the test runs: nothing is read or parsed while tests are collected.
    """

    def of_all(rule: Callable[[T], None]) -> Callable[[], None]:
        def test() -> None:
            broken = []
            count = 0
            for count, thing in enumerate(things(), start=1):  # noqa: B007 - told below
                try:
                    rule(thing)
                except AssertionError as error:
                    broken.append(f"{named(thing)}: {error}")
                except Exception as error:
                    error.add_note(f"at {named(thing)}")
                    raise
            assert count, "there is nothing that the rule is for"
            assert not broken, f"{len(broken)} of {count}\n" + "\n".join(broken)

        # Not functools.wraps: pytest would look through it and ask for the rule's argument.
        test.__name__, test.__doc__, test.__module__ = rule.__name__, rule.__doc__, rule.__module__
        return test

    return of_all
