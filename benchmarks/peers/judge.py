"""Judges a batch with one other grader, as shipped; run by an interpreter that has it.

`python judge.py PEER BATCH.json [--url URL]` prints {"seconds": ..., "passed": [[...] per problem]}: whether each program
passes all cases. PEER: evalplus, verl, livecodebench (imported), or sandboxfusion (a server at URL, a request for each case).
BATCH.json holds [{"kind", "entry", "programs", "cases"}] as benchmarks/serve.py writes it. Two programs at a time; one second
a case.
"""

import contextlib
import json
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

WORKERS = 2
REQUESTS = 4
"""Requests in flight to a server; its runner takes three at a time."""


def evalplus(item, program):
    """Every case of a function by EvalPlus's forked checker, without its stop at the first failure."""
    from evalplus.eval import untrusted_check

    inputs, expected = zip(*item["cases"], strict=True)
    status, details = untrusted_check(
        "humaneval", program, list(inputs), item["entry"], list(expected), 0, [0.05] * len(inputs), False, 1.0
    )
    return status == "pass" and all(details)


def _apps(item):
    cases = item["cases"]
    if item["kind"] == "stdin":
        return {"inputs": [given for given, _ in cases], "outputs": [expected for _, expected in cases]}
    inputs = ["\n".join(map(json.dumps, arguments)) for arguments, _ in cases]
    return {"inputs": inputs, "outputs": [json.dumps(expected) for _, expected in cases], "fn_name": item["entry"]}


def verl(item, program):
    """verl's in-process scorer, a process for each program."""
    from verl.utils.reward_score.prime_code.utils import check_correctness

    results, _ = check_correctness(in_outs=_apps(item), generation=program, timeout=1, debug=False)
    return len(results) == len(item["cases"]) and all(result is True for result in results)


def livecodebench(item, program):
    """LiveCodeBench's scorer, a process for each program."""
    from lcb_runner.evaluation.compute_code_generation_metrics import check_correctness

    results, _ = check_correctness({"input_output": json.dumps(_apps(item))}, program, timeout=1, debug=False)
    return len(results) == len(item["cases"]) and all(result is True for result in results)


def sandboxfusion(url):
    """A request for each case to a running SandboxFusion server, as verl's client sends them."""

    def ask(item, program, case):
        given, expected = case
        if item["kind"] == "function":
            program = f"{program}\nimport json as _json\nprint(_json.dumps({item['entry']}(*{given!r})))\n"
            given, expected = "", json.dumps(expected)
        body = json.dumps({"code": program, "language": "python", "stdin": given, "run_timeout": 1, "compile_timeout": 1}).encode()
        request = urllib.request.Request(f"{url}/run_code", body, {"Content-Type": "application/json"})
        answer = json.load(urllib.request.urlopen(request, timeout=300))
        output = (answer.get("run_result") or {}).get("stdout") or ""
        return answer["status"] == "Success" and output.split() == expected.split()

    return ask


def main():
    """Judge the batch and print one JSON line."""
    peer, path = sys.argv[1:3]
    items = json.loads(Path(path).read_text("utf-8"))
    started = time.perf_counter()
    with contextlib.redirect_stdout(sys.stderr), ThreadPoolExecutor(REQUESTS if peer == "sandboxfusion" else WORKERS) as pool:
        if peer == "sandboxfusion":
            ask = sandboxfusion(sys.argv[4])
            futures = [
                [[pool.submit(ask, item, text, case) for case in item["cases"]] for text in item["programs"]] for item in items
            ]
            passed = [[all(future.result() for future in row) for row in rows] for rows in futures]
        else:
            check = {"evalplus": evalplus, "verl": verl, "livecodebench": livecodebench}[peer]
            rows = [[pool.submit(check, item, text) for text in item["programs"]] for item in items]
            passed = [[bool(future.result()) for future in row] for row in rows]
    print(json.dumps({"seconds": time.perf_counter() - started, "passed": passed}))


if __name__ == "__main__":
    main()
