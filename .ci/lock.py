"""Resolve the CPU set of pyproject.toml into lock/cpu.txt, hashes included; torch itself is pinned in lock/torch-cpu.txt.

Versions that the file pins stay unless pyproject.toml excludes them or --upgrade is given.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "lock" / "cpu.txt"
HEADER = """# The CPU set; complete and without conflicts only when installed with --no-deps. Written by `make lock`.
# torch is in torch-cpu.txt: its CPU build is not on PyPI.
"""


def main() -> None:
    """Run uv and drop torch from what it resolved; arguments are passed on (for example --upgrade, --find-links DIR)."""
    extras = [part for name in ("cpu", "train", "serve", "docs", "dev") for part in ("--extra", name)]
    uv = str(Path(sys.executable).parent / "uv")
    command = [uv, "pip", "compile", "pyproject.toml", *extras, "--override", "lock/overrides.txt", "--python-version", "3.11"]
    command += ["--generate-hashes", "--no-annotate", "--no-header", "-q", "--output-file", str(LOCK), *sys.argv[1:]]
    finished = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    if finished.returncode:
        sys.exit("lock: uv gave up; is torch's CPU build elsewhere? make lock TORCH_INDEX=URL, or ARGS='--find-links DIR'")
    without_torch = re.sub(r"^torch==.*\n(?:    --hash.*\n)+", "", LOCK.read_text("utf-8"), flags=re.MULTILINE)
    LOCK.write_text(HEADER + without_torch, encoding="utf-8")


if __name__ == "__main__":
    main()
