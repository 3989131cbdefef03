"""How a function starts in Lambda: without a look for garbage until its first call.

Until then it only imports, and nothing of that is garbage; the collector would look at it dozens
of times.
"""

import gc
import os


def is_lambda() -> bool:
    """Tell whether this process is a function, in Lambda or in what stands in for it."""
    return "AWS_LAMBDA_FUNCTION_NAME" in os.environ


def begin() -> None:
    """Leave garbage alone until the first call."""
    if is_lambda():
        gc.disable()


def call() -> None:
    """Begin a call: collect garbage from now on, but not what was imported."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
