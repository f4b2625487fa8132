#!/usr/bin/env bash
# datasets 5.2.0 reads a JSON string as a string, one would think. load_dataset("json") turns a column whose every string
# looks like a date into datetimes, inside lists and dicts too; one row that is no date (30 February) leaves all as text.
# Dataset.from_list keeps the text. So the expected output of a program that prints a date comes back as another text,
# its time zone is gone, and whether it does depends on the other rows.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q datasets==5.2.0 pyarrow==26.0.1

cat > "$work/run.py" <<'PYTHON'
import json
import sys
import tempfile
from pathlib import Path

import datasets

datasets.disable_progress_bars()


def from_file(*expected: object) -> list[str]:
    folder = tempfile.mkdtemp(dir=sys.argv[1])
    path = Path(folder) / "tests.jsonl"
    path.write_text("".join(json.dumps({"expected": value}) + "\n" for value in expected))
    rows = datasets.load_dataset("json", data_files=str(path), split="train", cache_dir=folder)
    return [str(row["expected"]) for row in rows]


print("dates:", from_file("2024-02-28", "2024-02-29"))
print("one is none:", from_file("2024-02-28", "2024-02-30"))
print("in a list:", from_file(["2024-02-29"]))
print("with a zone:", from_file("2024-02-29T10:00:00+02:00"))
print("from_list:", datasets.Dataset.from_list([{"expected": "2024-02-29"}])[0]["expected"])
PYTHON

expected="dates: ['2024-02-28 00:00:00', '2024-02-29 00:00:00']
one is none: ['2024-02-28', '2024-02-30']
in a list: ['[datetime.datetime(2024, 2, 29, 0, 0)]']
with a zone: ['2024-02-29 08:00:00']
from_list: 2024-02-29"
found=$(HF_HUB_OFFLINE=1 HF_HOME="$work/home" "$work/venv/bin/python" "$work/run.py" "$work")
if [ "$found" != "$expected" ]; then printf 'changed:\n%s\n' "$found"; exit 1; fi
printf 'holds:\n%s\n' "$found"
