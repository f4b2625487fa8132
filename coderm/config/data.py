"""Settings of `coderm data build`: sources, models, and what becomes of a record on its way to the data set."""

from typing import Literal

from pydantic import Field, model_validator

from coderm.config.paths import SourcePath
from coderm.config.schema import ClusterConfig, EngineConfig, FileSource, SamplingConfig, SandboxConfig, Section

GREEDY = SamplingConfig(temperature=0.0, top_p=1.0, max_tokens=512)


class DataSource(Section):
    """One source of problems with right programs."""

    source: Literal["starter", "code_feedback", FileSource, "hub"] = "jsonl"
    """Reader; `code_feedback` reads rows of {query, answer}. Files may be JSON Lines, gzipped or not, or parquet."""
    path: SourcePath = ""
    """File to read; for `hub` the data set's name or its folder; empty for `starter`."""
    split: str = "train"
    """Split of a hub data set."""
    limit: int | None = Field(None, ge=1)
    """Read only the first so many rows."""
    licence: str = ""
    """Licence of the source, for the data card."""

    @model_validator(mode="after")
    def _path_given(self) -> "DataSource":
        if self.source != "starter" and not self.path:
            raise ValueError(f"path is needed for source = {self.source!r}")
        return self


class DuplicatesConfig(Section):
    """Near-duplicates among the problems, by MinHash over the words of their questions."""

    threshold: float = Field(0.7, gt=0, le=1)
    """Estimated Jaccard similarity from which a later problem is left out."""
    permutations: int = Field(128, ge=16)
    """Permutations of a signature; the estimate errs by about 1 / sqrt(permutations)."""
    words: int = Field(3, ge=1)
    """Words of a shingle."""


class DecontaminateConfig(Section):
    """Problems of evaluation benchmarks, which no training set may hold."""

    benchmarks: tuple[DataSource, ...] = ()
    """Benchmarks; `split` of a hub data set has to be named."""
    words: int = Field(8, ge=3)
    """Words of an n-gram of a question."""
    text_share: float = Field(0.2, gt=0, le=1)
    """Share of a benchmark question's n-grams that a copy holds. One n-gram alone may be a common phrase."""
    tree_share: float = Field(0.8, gt=0, le=1)
    """Share of a benchmark program's statements that a copy holds, names and layout aside."""
    tree_nodes: int = Field(25, ge=1)
    """Nodes from which a program's tree tells by itself. A smaller one counts beside a quarter of the question's words."""


class JudgeConfig(Section):
    """Whether the strong model judges which problems suit unit tests."""

    ask: bool = True
    """False: only the filter by syntax tree decides."""
    sampling: SamplingConfig = GREEDY
    """How the judgement is sampled."""
    tries: int = Field(2, ge=1)
    """Answers asked for before a problem without a readable one is left out."""


class FormConfig(Section):
    """How a problem is put into function form."""

    convert: bool = True
    """Whether problems of standard input are converted by the strong model; otherwise they are left out."""
    rewrite_questions: bool = True
    """Whether the strong model rewrites questions of `code_feedback`; otherwise the signature is put under them."""
    sampling: SamplingConfig = SamplingConfig(temperature=0.0, top_p=1.0)
    """How rewritings are sampled."""
    tries: int = Field(2, ge=1)
    """Rewritings asked for before a problem is left out."""
    cpu_s: float = Field(5.0, gt=0)
    """CPU limit of a case of the source, where the source names none."""


class SynthesizeConfig(Section):
    """How unit tests are sampled."""

    tests: int = Field(10, ge=1)
    """Distinct valid tests wanted of a problem."""
    batch: int = Field(10, ge=1)
    """Tests asked for in one request."""
    cap: int = Field(40, ge=1)
    """Most tests asked for of a problem: four for each that is wanted."""
    sampling: SamplingConfig = SamplingConfig()
    """How tests are sampled."""


class RepairConfig(Section):
    """How tests that fail on the right program are mended."""

    rounds: int = Field(2, ge=0)
    """Times a failing test goes back to the model; open in the paper. 0: never, so that failing tests are dropped."""
    most: int = Field(8, ge=0)
    """Most tests of a problem that go back."""
    sampling: SamplingConfig = SamplingConfig(temperature=0.0, top_p=1.0)
    """How the mended test is sampled."""


Rate = Literal["false_positive_rate", "false_discovery_rate"]


class QualityConfig(Section):
    """Which valid tests are kept."""

    programs: int = Field(10, ge=0)
    """Programs of the weaker model, a problem (paper: 10)."""
    sampling: SamplingConfig = SamplingConfig()
    """How programs are sampled."""
    mutants: int = Field(16, ge=0)
    """Most mutants of the right program."""
    similarity: float = Field(0.8, gt=0, le=1)
    """Share of common cases (Jaccard) from which a test is a near-duplicate of one before it."""
    kills: Literal["new", "any", "off"] = "new"
    """`new`: a test has to kill a mutant that no better one kills; `any`: it has to kill one; `off`: mutants only count."""
    rule: Literal["threshold", "best", "cover"] = "threshold"
    """`threshold`: all tests within the two rates; `best`: the best of them; `cover`: the best `k` that cover the mutants."""
    false_acceptance: Rate = "false_positive_rate"
    """What `most_accepted` bounds: of the wrong programs those accepted, or of the accepted ones those wrong (the paper's FAR)."""
    most_accepted: float = Field(0.5, ge=0, le=1)
    """Most of that rate. Open in the paper; a test that accepts more than half of the wrong programs tells less than a coin."""
    most_rejected: float = Field(0.0, ge=0, le=1)
    """Most of the right programs that a test may reject: a test that a right program fails asks for what nobody said."""
    k: int = Field(3, ge=1)
    """Tests kept by `cover`."""


class DataConfig(Section):
    """Everything a build of training data depends on."""

    seed: int = 0
    """Seed of samples, signatures and mutants."""
    sources: tuple[DataSource, ...] = Field(min_length=1)
    """Sources, read in this order."""
    engines: dict[str, EngineConfig] = Field(default_factory=dict)
    """Engines by name."""
    strong: str = "strong"
    """Engine that judges, rewrites, writes and mends tests."""
    weak: str = "weak"
    """Engine whose programs the tests are measured by."""
    duplicates: DuplicatesConfig = DuplicatesConfig()
    """Near-duplicates."""
    decontaminate: DecontaminateConfig = DecontaminateConfig()
    """Benchmarks to keep out."""
    judge: JudgeConfig = JudgeConfig()
    """Suitability."""
    form: FormConfig = FormConfig()
    """Function form."""
    synthesize: SynthesizeConfig = SynthesizeConfig()
    """Sampling of tests."""
    repair: RepairConfig = RepairConfig()
    """Repair of tests."""
    quality: QualityConfig = QualityConfig()
    """Quality control."""
    sandbox: SandboxConfig = SandboxConfig()
    """Sandbox: where programs run, and under which limits."""
    cluster: ClusterConfig = ClusterConfig()
    """Ray cluster; `window` is the number of records worked on at once."""

    @model_validator(mode="after")
    def _engines_are_there(self) -> "DataConfig":
        for role, name in (("strong", self.strong), ("weak", self.weak)):
            if name not in self.engines and (role == "strong" or self.quality.programs):
                raise ValueError(f"{role} = {name!r} names no table under [engines]; add [engines.{name}]")
        return self

    @property
    def roles(self) -> dict[str, str]:
        """Engine of each role of a request: the test writer's is the strong one, the policy's the weak one."""
        return {"coderm": self.strong} | ({"policy": self.weak} if self.quality.programs else {})
