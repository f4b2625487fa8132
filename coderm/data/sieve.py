"""The stages that need neither a model nor a box, in the order of the rows: what they leave is worth asking about."""

from coderm.config.data import DataConfig
from coderm.data.reading import problems_of
from coderm.data.records import Record, Rejected, StageName, Why
from coderm.data.stages.cut import cut
from coderm.data.stages.decontaminate import Decontaminate
from coderm.data.stages.near_duplicates import NearDuplicates
from coderm.data.stages.syntax_filter import syntax_filter
from coderm.data.store import Store


class Sieve:
    """Reads the benchmarks when it is made; raises DataError for one that cannot be read."""

    def __init__(self, config: DataConfig, store: Store) -> None:
        self._store = store
        self._near = NearDuplicates(config.duplicates, config.seed)
        benchmarks = (problem for source in config.decontaminate.benchmarks for problem in problems_of(source))
        self._decontaminate = Decontaminate(config.decontaminate, benchmarks)

    def __call__(self, record: Record) -> tuple[StageName, Record | Rejected]:
        """Return the record with its program, or where and why it ends; one that goes on is noted."""
        admitted = self._store.state(record.position) == "open"
        if not admitted and self._store.known(record.problem.task_id):
            return StageName.READ, Rejected(Why.DOUBLE_ID, record.problem.task_id)
        found = cut(record)
        if isinstance(found, Rejected):
            return StageName.READ, found
        return (StageName.DECONTAMINATE, found) if admitted else self._examined(found)

    def _examined(self, record: Record) -> tuple[StageName, Record | Rejected]:
        found = syntax_filter(record)
        if isinstance(found, Rejected):
            return StageName.FILTER, found
        signature = self._near.sign(record.problem.question or record.problem.prompt)
        found = self._near(record, signature, self._store)
        if isinstance(found, Rejected):
            return StageName.NEAR_DUPLICATES, found
        found = self._decontaminate(record)
        if isinstance(found, Record):
            name = record.problem.task_id
            self._store.admit(record.position, name, record.origin, signature.values.tobytes(), signature.bands)
        return StageName.DECONTAMINATE, found
