"""The command line of CodeRM on Ray; heavy libraries are imported after the arguments are read.

Exit codes: 0 done, 1 a threshold of `coderm audit` is exceeded, 2 bad input, 3 infrastructure, 130 interrupted.
"""

import argparse
import signal
import sys
from collections.abc import Sequence

from cluster.cli import parser
from coderm.errors import CodeRMError, Interrupted


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = parser().parse_args(argv)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        return _dispatch(arguments)
    except KeyboardInterrupt:
        print("coderm: interrupted; the same command resumes", file=sys.stderr)
        return Interrupted.exit_code
    except CodeRMError as error:
        print(f"coderm: {error}", file=sys.stderr)
        return error.exit_code


def _interrupt(number: int, frame: object) -> None:
    """Stop once, in order; further signals are ignored while everything that was started is being removed."""
    for other in (signal.SIGINT, signal.SIGTERM):
        signal.signal(other, signal.SIG_IGN)
    print("coderm: stopping and removing what was started ...", file=sys.stderr, flush=True)
    raise KeyboardInterrupt


def _dispatch(arguments: argparse.Namespace) -> int:
    from cluster.commands import jobs
    from coderm.scheduling.roles import UserFiles

    match arguments.command:
        case "run":
            return jobs.run(arguments.config, arguments.out, arguments.overrides, dry=arguments.dry_run, profile=arguments.profile)
        case "score":
            files = UserFiles(arguments.candidates, arguments.tests)
            given = arguments.problems, files, arguments.config, arguments.out, arguments.overrides
            return jobs.score(*given, profile=arguments.profile)
        case "report" | "show" | "compare" | "export" | "watch":
            return _about_runs(arguments)
        case "doctor":
            return jobs.doctor(arguments.config)
        case "rescore":
            return _rescore(arguments)
        case "audit":
            return _audit(arguments)
        case "eval-tests":
            return _eval_tests(arguments)
        case "probe":
            return _probe(arguments)
        case "study" | "simulate":
            return _study(arguments)
        case "serve" | "status" | "stop":
            return _alive(arguments)
        case "bank":
            return _bank(arguments)
        case "data":
            return _data(arguments)
        case "train":
            from cluster.commands import train

            return train.train(arguments.config, arguments.out, arguments.overrides, dry=arguments.dry_run)
        case _:
            return jobs.gc(everything=arguments.all)


def _about_runs(arguments: argparse.Namespace) -> int:
    from cluster.commands import jobs

    match arguments.command:
        case "report":
            return jobs.report(arguments.directory, curve=arguments.curve, why=arguments.why, profile=arguments.profile)
        case "show":
            return jobs.show(arguments.directory, arguments.task)
        case "compare":
            return jobs.compare(arguments.directories, arguments.page, arguments.json)
        case "watch":
            from cluster.commands import watch

            return watch.watch(
                arguments.target, page=arguments.page, port=arguments.port, every_s=arguments.every, once=arguments.once
            )
        case _:
            return jobs.export(arguments.directory, arguments.to, arguments.out, every=arguments.all)


def _bank(arguments: argparse.Namespace) -> int:
    from cluster.commands import bank

    match arguments.action:
        case "list":
            return bank.listed(arguments.directory)
        case "show":
            return bank.shown(arguments.directory, arguments.problem, arguments.version)
        case _:
            return bank.verified(arguments.directory)


def _data(arguments: argparse.Namespace) -> int:
    from cluster.commands import data

    return data.build(arguments.config, arguments.out, arguments.overrides, dry=arguments.dry_run)


def _probe(arguments: argparse.Namespace) -> int:
    from cluster.commands import probe

    data = probe.DataSources(arguments.runs, arguments.jsonl, arguments.states)
    if arguments.action == "eval":
        return probe.evaluate(data, arguments.probe, arguments.json, arguments.predicted)
    spec_fields = {name: getattr(arguments, name) for name in ("token", "view", "candidates", "max_tokens")}
    also = probe.DataSources(arguments.also, [], arguments.states) if arguments.also else None
    return probe.train(
        data, also, arguments.model, arguments.layers, spec_fields, [f"seed={arguments.seed}", *arguments.overrides], arguments.out
    )


def _alive(arguments: argparse.Namespace) -> int:
    """What serves or works: begin it, look at it, end it."""
    from cluster.commands import alive, service

    match arguments.command:
        case "serve":
            return service.serve(arguments.config, arguments.overrides, arguments.dashboard)
        case "stop":
            return alive.stop(arguments.directory)
        case _ if arguments.directories or arguments.containers:
            return alive.status(arguments.directories, containers=arguments.containers)
        case _:
            return service.status(arguments.url)


def _rescore(arguments: argparse.Namespace) -> int:
    from rich.console import Console

    from cluster.commands import rescore

    files = rescore.RescoreFiles(arguments.rollouts, arguments.out)
    reward = rescore.read_reward(arguments.reward)
    given = rescore.JudgeFiles(arguments.problems, arguments.tests)
    return rescore.run(files, reward, given, arguments.config, arguments.overrides, Console())


def _audit(arguments: argparse.Namespace) -> int:
    from cluster.commands import audit
    from coderm.audit.report import parse_thresholds
    from coderm.audit.subject import Wanted

    files = audit.AuditFiles(
        arguments.problems, arguments.candidates, arguments.tests, arguments.labels, tuple(arguments.benchmarks)
    )
    wanted = Wanted(arguments.mutants, not arguments.whole, arguments.runs)
    plan = audit.AuditPlan(wanted, arguments.sample, arguments.group)
    thresholds = parse_thresholds(arguments.fail_on)
    return audit.run(files, plan, thresholds, (arguments.config, arguments.overrides), arguments.out)


def _eval_tests(arguments: argparse.Namespace) -> int:
    from cluster.commands import eval_tests

    files = eval_tests.WriterFiles(eval_tests.named(arguments.writers), arguments.problems, arguments.candidates)
    plan = eval_tests.EvalPlan(arguments.mutants, arguments.tests_per_problem, arguments.rule)
    return eval_tests.run(files, plan, (arguments.config, arguments.overrides), arguments.out)


def _study(arguments: argparse.Namespace) -> int:
    from cluster.commands import study
    from coderm.study.study import StudyPlan

    if arguments.command == "simulate":
        sizes = arguments.problems, arguments.candidates, arguments.tests
        return study.simulate(study.World(arguments.writer, *sizes, arguments.seed), arguments.rule, arguments.out)
    given = arguments.problems, arguments.candidates, arguments.tests, arguments.labels, arguments.matrix
    files = *given, arguments.predicted, arguments.examples
    plan = StudyPlan(tuple(arguments.rules), arguments.splits, arguments.draws, arguments.seed, arguments.among_examples)
    return study.study(study.StudyInputs(*files), plan, arguments.out)


if __name__ == "__main__":
    sys.exit(main())
