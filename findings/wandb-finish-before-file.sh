#!/usr/bin/env bash
# wandb 0.31.0: Run.finish() of an offline run is taken to return when the run is on disk; `wandb sync` and copies of the folder
# rely on it. From the second run of a process on it returns while the run's file holds its 7 header bytes only; the rest appears
# milliseconds later. wandb.teardown() waits for it. For us: who looks at the file within the process has to wait, or tear down.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q wandb==0.31.0

cat > "$work/run.py" <<'PYTHON'
import sys
import time
from pathlib import Path

import wandb

grew = 0
for number in range(6):
    folder = Path(sys.argv[1]) / str(number)
    folder.mkdir()
    run = wandb.init(project="x", dir=str(folder), mode="offline", settings=wandb.Settings(console="off", silent=True))
    run.log({"a": 1})
    run.finish()
    (file,) = folder.glob("wandb/offline-run-*/run-*.wandb")
    size = file.stat().st_size
    time.sleep(1)
    grew += file.stat().st_size > size
print("some files grow after finish():", grew > 0)
PYTHON

expected="some files grow after finish(): True"
found=$("$work/venv/bin/python" "$work/run.py" "$work")
if [ "$found" != "$expected" ]; then printf 'changed:\n%s\n' "$found"; exit 1; fi
printf 'holds:\n%s\n' "$found"
