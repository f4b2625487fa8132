"""Resolve the CPU set of pyproject.toml into lock/cpu.txt, hashes included; torch itself is pinned in lock/torch-cpu.txt."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = """# The CPU set; complete and without conflicts only when installed with --no-deps. Written by `make lock`.
# torch is in torch-cpu.txt: its CPU build is not on PyPI.
"""


def main() -> None:
    """Run uv and drop torch from what it resolved; arguments are passed on (for example --find-links DIR)."""
    extras = [part for name in ("cpu", "train", "serve", "dev") for part in ("--extra", name)]
    command = ["uv", "pip", "compile", "pyproject.toml", *extras, "--override", "lock/overrides.txt", "--python-version", "3.11"]
    command += ["--generate-hashes", "--no-annotate", "--no-header", "-q", *sys.argv[1:]]
    command[0] = str(Path(sys.executable).parent / "uv")
    resolved = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    without_torch = re.sub(r"^torch==.*\n(?:    --hash.*\n)+", "", resolved, flags=re.MULTILINE)
    (ROOT / "lock" / "cpu.txt").write_text(HEADER + without_torch, encoding="utf-8")


if __name__ == "__main__":
    main()
