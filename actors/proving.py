"""Proves the sandboxes of a pool before anything is judged: every limit on every node, and one environment on all."""

from collections.abc import Iterable

from actors.admission import Admission
from actors.executor import Description
from actors.pool import Pool
from coderm.errors import EngineError
from coderm.logs import get_log

_log = get_log(__name__)


async def prove(executors: Pool, admission: Admission | None = None) -> str:
    """Prove the sandbox once per node and return what verdicts depend on; all nodes must judge alike.

    admission: is told what it admits.

    Raises EngineError when a limit does not hold on a node, or when nodes hold different sandbox images.
    """
    described = await executors.ask_all("describe")
    environments = sorted({description.environment for description in described})
    if len(environments) > 1:
        named = "; ".join(f"{text} on {', '.join(_nodes(described, text))}" for text in environments)
        raise EngineError(f"the nodes hold different sandbox images ({named}); run `make image` on all of them")
    nodes = [description.node for description in described]
    await executors.ask_one_each("prove", nodes)
    for node in sorted(set(nodes)):
        _log.info("node proved", sandboxes_of=node, executors=nodes.count(node), environment=environments[0])
    if admission is not None:
        admission.open(environments[0], set(nodes))
    return str(environments[0])


def _nodes(described: Iterable[Description], environment: str) -> list[str]:
    return sorted({description.node for description in described if description.environment == environment})
