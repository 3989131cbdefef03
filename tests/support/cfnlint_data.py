"""Where cfn-lint keeps what AWS says of itself: found, not imported, as it brings all of sympy."""

from importlib.util import find_spec
from pathlib import Path

_found = find_spec("cfnlint")
assert _found is not None
assert _found.origin is not None
DATA = Path(_found.origin).parent / "data"
