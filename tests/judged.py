"""A scripted service that judges the fixtures' programs, and a scripted sandbox that runs theirs."""

from coderm.client import ClientSettings, RewardClient
from coderm.client.contract import ProgramReward
from coderm.client.scripted import ScriptedService
from coderm.integrations.sandbox_fusion import ProcessEnd


def judge(problem, text):
    """Right programs add, wrong ones multiply; ids that nobody registered are unknown."""
    if "no-such" in problem:
        return ProgramReward(item=0, program=0, reward=None, status="unknown_problem", caused_by="problem", message="register it")
    passed = 2 if "a + b" in text else 0
    return ProgramReward(
        item=0,
        program=0,
        reward=passed / 2,
        status="scored",
        caused_by="program",
        passed=passed,
        tests=2,
        terms={"fraction": passed / 2},
    )


def scripted(table=judge, **options):
    service = ScriptedService(table, **options)
    settings = ClientSettings("http://service", first_pause_s=0.001, longest_pause_s=0.002)
    return service, RewardClient(settings=settings, transport=service)


class ScriptedProcesses:
    """Answers by the program's text; `failures` are raised first."""

    def __init__(self, failures=()):
        self.failures = list(failures)

    async def run(self, run):
        if self.failures:
            raise self.failures.pop(0)
        if "while True" in run.code:
            return ProcessEnd("", "", None, run.run_timeout_s, timed_out=True)
        if "sys.exit" in run.code:
            return ProcessEnd("", "", 3)
        return ProcessEnd(f"{int(run.stdin) + 1}\n" if run.stdin else "1\n", "", 0, 0.01)
