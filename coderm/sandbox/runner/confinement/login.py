"""The kernel's record of who logged in, which audit logs name: set once, so that no program can set it."""

import contextlib
import os

LOGIN_UID = "/proc/self/loginuid"
NOBODY = b"65534"


def fix_login() -> None:
    """Set the login of this process and of all that it starts; it can then be changed by nobody who lacks CAP_AUDIT_CONTROL.

    Nothing happens where the kernel keeps none, or where it is set already.
    """
    with contextlib.suppress(OSError):
        descriptor = os.open(LOGIN_UID, os.O_WRONLY)
        try:
            os.write(descriptor, NOBODY)
        finally:
            os.close(descriptor)
