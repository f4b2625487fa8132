#!/usr/bin/env bash
# filelock 4.2.12: a FileLock keeps its state per thread, so release() in another thread than acquire() does nothing and
# raises nothing, and the file stays locked. A thread pool, as asyncio.to_thread uses it, picks its threads freely: whoever
# takes and frees a lock through one may hold it to the end of the process. thread_local=False frees it.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q filelock==4.2.12

cat > "$work/run.py" <<'PYTHON'
import sys
import threading

from filelock import FileLock, Timeout


def after_release(path: str, in_thread: bool, **options: bool) -> str:
    lock = FileLock(path, **options)
    lock.acquire()
    if in_thread:
        thread = threading.Thread(target=lock.release)
        thread.start()
        thread.join()
    else:
        lock.release()
    try:
        with FileLock(path, timeout=0, **options):
            return "free"
    except Timeout:
        return "held"


print("same thread:", after_release(f"{sys.argv[1]}/same.lock", in_thread=False))
print("other thread:", after_release(f"{sys.argv[1]}/other.lock", in_thread=True))
print("not thread local:", after_release(f"{sys.argv[1]}/shared.lock", in_thread=True, thread_local=False))
PYTHON

expected="same thread: free
other thread: held
not thread local: free"
found=$("$work/venv/bin/python" "$work/run.py" "$work")
if [ "$found" != "$expected" ]; then printf 'changed:\n%s\n' "$found"; exit 1; fi
printf 'holds:\n%s\n' "$found"
