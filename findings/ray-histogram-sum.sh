#!/usr/bin/env bash
# ray 2.60.0: the `_sum` that Ray exports of a ray.util.metrics.Histogram is not the sum of what was observed. Each value counts as
# the middle of its bucket, and one above the last boundary as twice that boundary. One would expect 2 + 2 + 2 + 500 = 506, as
# prometheus_client gives it, and rate(x_sum) / rate(x_count) to be the mean. Counts of buckets are right, so quantiles can be had.
# And a second process that names the same histogram with other boundaries has its values counted in the wrong buckets: the
# boundaries of whoever came first hold for the node, and nobody is told. A dashboard should show quantiles, and one name should have
# one set of boundaries.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q "ray[default]==2.60.0"

cat > "$work/run.py" <<'PYTHON'
import re
import time
import urllib.request

import ray
from ray.util.metrics import Histogram


class Observer:
    def observe(self, name: str, boundaries: list[float], values: list[float]) -> None:
        histogram = Histogram(name, boundaries=boundaries)
        for value in values:
            histogram.observe(value)


ray.init("local", num_cpus=2, log_to_driver=False, logging_level="ERROR", _system_config={"metrics_report_interval_ms": 1000})
actor = ray.remote(Observer)
first, second, third = (actor.options(num_cpus=0.1).remote() for _ in range(3))
ray.get(first.observe.remote("seconds", [1, 10, 100], [2, 2, 2, 500]))
ray.get(second.observe.remote("shared", [1, 2], [1.5]))
ray.get(third.observe.remote("shared", [50, 60], [55]))

url = f"http://{ray.nodes()[0]['NodeManagerAddress']}:{ray.nodes()[0]['MetricsExportPort']}/metrics"
for _ in range(60):
    lines = urllib.request.urlopen(url).read().decode().splitlines()
    if sum(line.startswith("ray_shared_count") for line in lines) == 2 and any("ray_seconds_sum" in line for line in lines):
        break
    time.sleep(1)
parts = (re.match(r'ray_(seconds_sum|shared_bucket).*?(?:le="([12]\.0)".*)? (\S+)$', line) for line in lines)
print(*sorted(" ".join(filter(None, part.groups())) for part in parts if part and (part[2] or "sum" in part[1])), sep="\n")
PYTHON

expected="seconds_sum 216.5
shared_bucket 1.0 0.0
shared_bucket 1.0 0.0
shared_bucket 2.0 1.0
shared_bucket 2.0 1.0"
found=$("$work/venv/bin/python" "$work/run.py" 2>/dev/null)
if [ "$found" != "$expected" ]; then printf 'changed:\n%s\n' "$found"; exit 1; fi
printf 'holds:\n%s\n' "$found"
