#!/usr/bin/env python3
"""Refuse a commit subject that would not be found again; the commit-msg hook gives the file that holds the message."""

import sys
from pathlib import Path

LONGEST = 70
"""Characters; `git log --oneline` shows that many in a terminal of 80 columns."""
MADE_BY_GIT = ("Merge ", "Revert ", "fixup! ", "squash! ")


def faults(subject: str) -> list[str]:
    """Return what is wrong with a subject; nothing for those that git writes itself."""
    if subject.startswith(MADE_BY_GIT):
        return []
    found = []
    if len(subject) > LONGEST:
        found.append(f"{len(subject)} characters; {LONGEST} at most, the rest belongs into the body")
    if not subject[:1].isupper():
        found.append("starts with a capital letter: an imperative, as in 'Judge a timeout by the test's own limit'")
    if subject.endswith("."):
        found.append("ends without a full stop")
    return found


def main() -> int:
    """Check the message in the named file; 1 with one line per fault."""
    lines = Path(sys.argv[1]).read_text("utf-8").splitlines()
    subject = next((line.strip() for line in lines if line.strip() and not line.startswith("#")), "")
    found = faults(subject)
    for fault in found:
        sys.stderr.write(f"commit subject: {fault}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
