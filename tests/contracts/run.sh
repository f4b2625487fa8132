#!/usr/bin/env bash
# Runs tests/contracts against the real trainers, in a virtual environment below the cache, made again when its list changes.
# Packages of .venv are seen from it, its own come first.
set -euo pipefail
cd "$(dirname "$0")/../.."

python=${PYTHON:-.venv/bin/python}
list=tests/contracts/requirements.txt
digest=$(cat "$list" <("$python" --version) | sha256sum | cut -c1-12)
home=${XDG_CACHE_HOME:-$HOME/.cache}/coderm/contracts-$digest
if [ ! -e "$home/.ready" ]; then
  rm -rf "$home"
  "$python" -m venv "$home"
  "$home/bin/python" -m pip install -q --no-deps -r "$list"
  site=$("$home/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  "$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > "$site/zz_base.pth"
  touch "$home/.ready"
fi
PYTHONPATH=.:tests exec "$home/bin/python" -m pytest tests/contracts -o timeout=300 "$@"
