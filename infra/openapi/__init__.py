"""The OpenAPI document (F3), made from the operations that the handlers declare.

Importing this package makes the handlers importable outside Lambda: it gives them the variables
that template.yaml gives them there, with stand-ins for values; what is set already stays.
"""

import os
import sys

from infra import template

_NO_ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
_PACKAGE = str(template.ROOT / "layers" / "sluice")

if _PACKAGE not in sys.path:
    sys.path.append(_PACKAGE)
for _name, _value in (_NO_ACCOUNT | template.environment(template.load())).items():
    os.environ.setdefault(_name, _value)
