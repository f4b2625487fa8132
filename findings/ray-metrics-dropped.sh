#!/usr/bin/env bash
# ray 2.60.0, ray.util.metrics: some records are dropped without an exception. A gauge set to NaN or infinity never appears
# (prometheus_client shows both), nor does a metric whose name has a dot, nor a histogram whose boundaries are not in
# order. And Counter.inc(0) raises ValueError, so counting what a batch held breaks on a batch that held none. Whoever records
# through Ray has to check names and values himself, and leave zeros out.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q "ray[default]==2.60.0"

cat > "$work/run.py" <<'PYTHON'
import time
import urllib.request

import ray
from ray.util.metrics import Counter, Gauge, Histogram

RECORDS = {
    "zero": lambda: Counter("zero").inc(0),
    "nan": lambda: Gauge("nan").set(float("nan")),
    "infinite": lambda: Gauge("infinite").set(float("inf")),
    "with_dot": lambda: Gauge("with.dot").set(1),
    "in_order": lambda: Histogram("in_order", boundaries=[1, 2]).observe(1.5),
    "disordered": lambda: Histogram("disordered", boundaries=[2, 1]).observe(1.5),
}


class Recorder:
    def record(self, name: str) -> str:
        try:
            RECORDS[name]()
            return "no error"
        except ValueError as error:
            return f"ValueError: {error}"


ray.init("local", num_cpus=2, log_to_driver=False, logging_level="ERROR", _system_config={"metrics_report_interval_ms": 1000})
recorders = {name: ray.remote(Recorder).options(num_cpus=0.01).remote() for name in RECORDS}
said = {name: ray.get(recorder.record.remote(name)) for name, recorder in recorders.items()}
url = f"http://{ray.nodes()[0]['NodeManagerAddress']}:{ray.nodes()[0]['MetricsExportPort']}/metrics"
time.sleep(15)  # far more than a report takes
text = urllib.request.urlopen(url).read().decode()
for name, words in said.items():
    print(f"{name}: {words},", "shown" if f"\nray_{name}" in text.replace(".", "_") else "absent")
PYTHON

expected="zero: ValueError: value must be >0, got 0, absent
nan: no error, absent
infinite: no error, absent
with_dot: no error, absent
in_order: no error, shown
disordered: no error, absent"
found=$("$work/venv/bin/python" "$work/run.py" 2>/dev/null)
if [ "$found" != "$expected" ]; then printf 'changed:\n%s\n' "$found"; exit 1; fi
printf 'holds:\n%s\n' "$found"
