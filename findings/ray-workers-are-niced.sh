#!/usr/bin/env bash
# ray 2.60.0: every worker, so each remote class and each Serve replica, runs at nice 15, although the driver runs at nice 0 and
# nobody asked for it. One would expect it to compete with other processes as an equal. Where all cores are busy, it gets a small
# part of one: a service that answers through Ray waits for whatever else runs on its machine, such as the processes that it
# starts itself. RAY_worker_niceness=0, in the environment of whoever starts the node, gives equal parts.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q ray==2.60.0

cat > "$work/run.py" <<'PYTHON'
import multiprocessing
import os
import sys
import time


def spin() -> float:
    """CPU seconds that this process gets in two seconds, on the first core it may use."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    begun, end = time.process_time(), time.monotonic() + 2
    while time.monotonic() < end:
        pass
    return time.process_time() - begun


class Spinner:
    def nice(self) -> int:
        return os.nice(0)

    def spin(self) -> float:
        return spin()


import ray  # noqa: E402

ray.init(address="local", num_cpus=1, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
actor = ray.remote(Spinner).remote()
nice = ray.get(actor.nice.remote())
with multiprocessing.Pool(1) as pool:
    plain = pool.apply_async(spin)
    share = ray.get(actor.spin.remote()) / plain.get()
print(f"{sys.argv[1]}: driver nice {os.nice(0)}, actor nice {nice},", "a small part" if share < 0.3 else "an equal part")
PYTHON

expected="by itself: driver nice 0, actor nice 15, a small part
with RAY_worker_niceness=0: driver nice 0, actor nice 0, an equal part"
found=$("$work/venv/bin/python" "$work/run.py" "by itself" 2>/dev/null
  RAY_worker_niceness=0 "$work/venv/bin/python" "$work/run.py" "with RAY_worker_niceness=0" 2>/dev/null)
if [ "$found" != "$expected" ]; then printf 'changed:\n%s\n' "$found"; exit 1; fi
printf 'holds:\n%s\n' "$found"
