#!/usr/bin/env bash
# datasets 5.2.0, Dataset.from_generator. One would think that the generator is run: the documentation says "create a Dataset from a
# generator". It is run once. The rows are cached under a hash of the function and its arguments, so a generator that reads a file
# gives the rows of yesterday's file for ever, in other processes too, and says nothing. keep_in_memory=True does not help. This project
# makes data sets of rows in memory (from_dict), and names a training by a hash of the rows themselves.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q datasets==5.2.0

cat > "$work/run.py" <<'PYTHON'
import json
import sys

import datasets

datasets.disable_progress_bars()


def rows(path):
    with open(path) as lines:
        yield from map(json.loads, lines)


for more in ({}, {"keep_in_memory": True}):
    print(datasets.Dataset.from_generator(rows, gen_kwargs={"path": sys.argv[1]}, **more)["a"][:])
print(datasets.Dataset.from_list(list(rows(sys.argv[1])))["a"][:])
PYTHON

export HF_HOME="$work/cache" HF_HUB_OFFLINE=1
found=""
for rows in '{"a": 1}' '{"a": 2}'; do
    echo "$rows" > "$work/rows.jsonl"
    found+=$("$work/venv/bin/python" "$work/run.py" "$work/rows.jsonl" 2>/dev/null)$'\n'
done

expected="[1]
[1]
[1]
[1]
[1]
[2]
"
if [ "$found" != "$expected" ]; then printf 'changed:\n%s' "$found"; exit 1; fi
printf 'holds:\n%s' "$found"
