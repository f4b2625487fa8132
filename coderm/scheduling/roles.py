"""Which roles write anything in a run; the one place that decides it, and with it which engines are checked and started."""

from coderm.config.schema import RunConfig
from coderm.messages.generation import Role


def writing_roles(config: RunConfig, *, candidates_given: bool, tests_given: bool) -> dict[Role, str]:
    """Return the engine name of each role that will write: who brings a file needs no writer, nor does a budget of no tests."""
    roles: dict[Role, str] = {} if candidates_given else {"policy": config.policy.engine}
    return roles if tests_given or config.budget.empty else roles | {"coderm": config.coderm.engine}
