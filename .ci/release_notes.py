"""Prints a version's section of CHANGELOG.md, for the notes of its release: python .ci/release_notes.py [VERSION].

Without a version: what is unreleased. A link into docs/ becomes one of the tag.
"""

import re
import sys
from pathlib import Path

CHANGELOG = Path(__file__).resolve().parent.parent / "CHANGELOG.md"


def notes(text: str, version: str) -> str:
    """Return the section without its heading. Raises SystemExit where there is none, or nothing is in it."""
    found = re.search(rf"^## \[{re.escape(version)}\].*?$\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    if not found or not found[1].strip():
        raise SystemExit(f"release notes: CHANGELOG.md has no section [{version}] with anything in it")
    tag = "main" if version == "Unreleased" else f"v{version}"
    return re.sub(r"\]\(docs/", f"](../blob/{tag}/docs/", found[1].strip())


if __name__ == "__main__":
    print(notes(CHANGELOG.read_text("utf-8"), sys.argv[1] if len(sys.argv) > 1 else "Unreleased"))
