"""What the graders of APPS and verl share: several readings of lines, any of which may be equal."""

import numpy as np


def printed(got: bytes) -> list[str]:
    """Return the lines as `str.splitlines` cuts them, which is also at form feeds and Unicode line ends."""
    return got.decode("utf-8", "replace").splitlines()


def wanted_lines(expected: str) -> list[str]:
    """Return the stripped lines of the expected output; empty ones are left out, blank ones become empty."""
    return [line.strip() for line in expected.split("\n") if line]


def same_text(expected: str, lines: list[str]) -> bool:
    """Whether one of the readings as text is equal: whole or line by line stripped, or with empty lines left out."""
    if expected.strip() in ("\n".join(lines).strip(), "\n".join(line.strip() for line in lines).strip()):
        return True
    wanted = wanted_lines(expected)
    return lines == [expected] or lines == wanted or list(filter(None, lines)) == wanted


def close_lines(wanted: list[str], found: list[str]) -> bool:
    """Whether each line is one number and all are close: |g - e| <= 1e-8 + 1e-5 * |e| as doubles."""
    try:
        numbers = [float(line) for line in found], [float(line) for line in wanted]
    except ValueError:
        return False
    return len(found) == len(wanted) and bool(np.allclose(*numbers))
