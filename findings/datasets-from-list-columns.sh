#!/usr/bin/env bash
# datasets 5.2.0: Dataset.from_list takes its columns from the first row and drops, without an error, every other key. Keys
# inside a dict are joined instead, so each row gets the others' keys as None. The same rows through load_dataset("json")
# keep the late column and give each dict its own keys. Tests that only some problems have are gone, or appear as None.
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


def from_file(rows: list[dict[str, object]]) -> datasets.Dataset:
    folder = tempfile.mkdtemp(dir=sys.argv[1])
    path = Path(folder) / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return datasets.load_dataset("json", data_files=str(path), split="train", cache_dir=folder)


LATE = [{"prompt": "add"}, {"prompt": "double", "tests": ["double(2) == 4"]}]
NESTED = [{"tests": {"stdin": "1 2"}}, {"tests": {"call": "add(1, 2)"}}]
for rows in (LATE, NESTED):
    print("from_list:", datasets.Dataset.from_list(rows).to_list())
    print("json:", from_file(rows).to_list())
PYTHON

expected="from_list: [{'prompt': 'add'}, {'prompt': 'double'}]
json: [{'prompt': 'add', 'tests': None}, {'prompt': 'double', 'tests': ['double(2) == 4']}]
from_list: [{'tests': {'stdin': '1 2', 'call': None}}, {'tests': {'stdin': None, 'call': 'add(1, 2)'}}]
json: [{'tests': {'stdin': '1 2'}}, {'tests': {'call': 'add(1, 2)'}}]"
found=$(HF_HUB_OFFLINE=1 HF_HOME="$work/home" "$work/venv/bin/python" "$work/run.py" "$work")
if [ "$found" != "$expected" ]; then printf 'changed:\n%s\n' "$found"; exit 1; fi
printf 'holds:\n%s\n' "$found"
