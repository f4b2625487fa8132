"""The probes of one problem."""

from coderm.audit.probes import functions, scripts
from coderm.audit.probes.model import LeakProbe
from coderm.extract.programs.prelude import runnable
from coderm.extract.syntax.entry import entry_of
from coderm.extract.syntax.parsing import compiles
from coderm.messages.problem import Problem


def leak_probes(problem: Problem, tests: tuple[str, ...], right: str) -> tuple[LeakProbe, ...]:
    """Return the wrong programs that a suite is shown. tests: its texts. right: a right program as it runs; empty: none is known.

    None for a problem without an entry point, since nobody knows what to call. Each is Python and given what the problem grants.
    """
    if problem.cases is not None:
        found = [*scripts.constants(problem.cases.cases), *scripts.examples_alone(problem.example_cases)]
        found += scripts.partial(right) if right else ()
        return tuple(probe for probe in found if compiles(probe.text) is None)
    entry = entry_of(problem)
    if not entry.name.isidentifier() or entry.name == entry.holder:
        return ()
    bare = [*functions.constants(entry, tests), *functions.examples_alone(entry, problem.examples)]
    found = [LeakProbe(runnable(probe.text, problem), probe.kind, probe.told) for probe in bare]
    found += functions.partial(entry, tests, right) if right else ()
    return tuple(probe for probe in found if compiles(probe.text) is None)
