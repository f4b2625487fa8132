"""Judges a batch with one other grader, as shipped; run by an interpreter that has it.

`python judge.py PEER BATCH.json [--url URL]` prints {"seconds": ..., "cpu_s": ..., "passed": [[...] per problem]}: whether each
program passes all cases, and what that took once one case had been judged; CPU is that of all its processes. PEER: evalplus, verl,
livecodebench (imported), or sandboxfusion (a server at URL, a request for each case). BATCH.json holds
[{"kind", "entry", "programs", "cases"}] as benchmarks/serve.py writes it. Two programs at a time; one second a case.
"""

import contextlib
import json
import resource
import sys
import time
import urllib.parse
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


def spent(url):
    """CPU seconds of this process and its ended children, and of the server at `url` if there is one."""
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    own = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    return own if not url else own + sum(_listener(urllib.parse.urlsplit(url).port).cpu_times()[:4])


def _listener(port):
    import psutil

    found = (link.pid for link in psutil.net_connections("tcp") if link.status == "LISTEN" and link.laddr.port == port)
    return psutil.Process(next(found))


def judged(peer, items, url):
    """Whether each program passes all cases."""
    with contextlib.redirect_stdout(sys.stderr), ThreadPoolExecutor(REQUESTS if url else WORKERS) as pool:
        if url:
            ask = sandboxfusion(url)
            futures = [
                [[pool.submit(ask, item, text, case) for case in item["cases"]] for text in item["programs"]] for item in items
            ]
            return [[all(future.result() for future in row) for row in rows] for rows in futures]
        check = {"evalplus": evalplus, "verl": verl, "livecodebench": livecodebench}[peer]
        rows = [[pool.submit(check, item, text) for text in item["programs"]] for item in items]
        return [[bool(future.result()) for future in row] for row in rows]


def main():
    """Judge the batch and print one JSON line."""
    peer, path = sys.argv[1:3]
    url = sys.argv[4] if peer == "sandboxfusion" else ""
    items = json.loads(Path(path).read_text("utf-8"))
    judged(peer, [{**items[0], "programs": items[0]["programs"][:1], "cases": items[0]["cases"][:1]}], url)  # imports do not count
    started, before = time.perf_counter(), spent(url)
    passed = judged(peer, items, url)
    print(json.dumps({"seconds": time.perf_counter() - started, "cpu_s": spent(url) - before, "passed": passed}))


if __name__ == "__main__":
    main()
