#!/usr/bin/env bash
# Half of an emoji, as a model cut at its token limit writes it, is a lone surrogate. Python's json writes it as "\ud83d"
# and reads it back. msgspec 0.20.0 and pydantic 2.12.5 refuse the same bytes (msgspec calls them truncated), and neither
# can write the string. So a file that one tool of a pipeline wrote is not JSON to the next.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q msgspec==0.20.0 pydantic==2.12.5

cat > "$work/run.py" <<'PYTHON'
import json

import msgspec
import pydantic

texts = pydantic.TypeAdapter(str)
half = "\ud83d"
line = json.dumps(half)


def tried(call, *values) -> str:
    try:
        return "the same" if call(*values) == half else "written"
    except (ValueError, msgspec.DecodeError) as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0][:26]}"


print("json reads:", tried(json.loads, line))
print("msgspec reads:", tried(msgspec.json.decode, line))
print("pydantic reads:", tried(texts.validate_json, line))
print("msgspec writes:", tried(msgspec.json.encode, half))
print("pydantic writes:", tried(texts.dump_json, half))
PYTHON

expected="json reads: the same
msgspec reads: DecodeError: Input data was truncated
pydantic reads: ValidationError: 1 validation error for str
msgspec writes: UnicodeEncodeError: 'utf-8' codec can't encode
pydantic writes: PydanticSerializationError: Error serializing to JSON:"
found=$("$work/venv/bin/python" "$work/run.py")
if [ "$found" != "$expected" ]; then printf 'changed:\n%s\n' "$found"; exit 1; fi
printf 'holds:\n%s\n' "$found"
