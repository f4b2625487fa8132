"""Every metric of a run, with its help text; the one place where they are named. Ray exports them with `ray_` in front."""

from coderm.messages.metric import SECONDS, Metric

CALLS = Metric(
    "coderm_run_calls",
    "counter",
    "Calls to executors and engines, by pool and by how they ended: answered, lost, failed.",
    ("pool", "end"),
)
WAIT_S = Metric("coderm_run_wait_seconds", "histogram", "Wait of a call for a free worker, seconds.", ("pool",), SECONDS)
CALL_S = Metric("coderm_run_call_seconds", "histogram", "A call at its worker, seconds.", ("pool",), SECONDS)
WAITING = Metric("coderm_run_calls_waiting", "gauge", "Calls that wait for a free worker.", ("pool",))
WORKERS = Metric("coderm_run_workers", "gauge", "Workers ready for calls.", ("pool",))
WORKERS_LOST = Metric("coderm_run_workers_lost", "counter", "Workers that died and were replaced.", ("pool",))
COMMANDS_LOST = Metric(
    "coderm_run_commands_lost", "counter", "Times a command was lost and had to be sent again or given up.", ("stage",)
)
REPLAYED = Metric("coderm_run_commands_replayed", "counter", "Commands that the journal answered.")
PAIRS = Metric("coderm_run_pairs", "counter", "Pairs judged, by what for and by outcome.", ("kind", "outcome"))
TOKENS = Metric("coderm_run_tokens", "counter", "Tokens written.")
PROBLEMS = Metric("coderm_run_problems", "counter", "Problems finished, by whether anything of them is lost.", ("end",))
IN_WORK = Metric("coderm_run_problems_in_work", "gauge", "Problems under way.")
JOURNAL_S = Metric(
    "coderm_run_journal_seconds", "histogram", "Writing down what came in, and what follows from it, seconds.", (), SECONDS
)

METRICS = (
    *(CALLS, WAIT_S, CALL_S, WAITING, WORKERS, WORKERS_LOST),
    *(COMMANDS_LOST, REPLAYED, PAIRS, TOKENS, PROBLEMS, IN_WORK, JOURNAL_S),
)
