"""`make login EMAIL=...`: a new password and a token for somebody of the local deployment.

For trying the API by hand: the demo's tokens end, and who was invited has no mailbox here. It asks
the embedded AWS and nothing else, whatever AWS account this shell is signed in to.
"""

from __future__ import annotations

import json
import sys

from infra.demo.staff import ADMIN, NoLogin, Staff
from infra.local import ministack
from infra.local.deploy import outputs
from infra.local.instance import Instance


def login(email: str) -> dict[str, str]:
    """Set a new password, sign in, and return both; the platform's admin is made if need be.

    Raises:
        NoLogin: nobody of this address was invited within a minute.
        Unready: nothing is deployed.
    """
    instance = Instance()
    ministack.need(instance)
    staff = Staff(instance, outputs(instance))
    if email == ADMIN:
        password = staff.make_admin()
    else:
        print(f"Waiting for the invitation of {email}, a minute at most", file=sys.stderr)
        staff.wait_for_login(email)
        password = staff.set_password(email)
    return {
        "url": instance.url,
        "email": email,
        "password": password,
        "token": staff.token(email, password),
    }


def main() -> None:
    """Print it as JSON; end with one line where there is no deployment or no such login."""
    try:
        print(json.dumps(login(sys.argv[1]), indent=2))
    except NoLogin as error:
        sys.exit(f"{error}: is the address right, and was a member put with it?")


if __name__ == "__main__":
    main()
