"""The configuration of a run: one frozen pydantic tree.

Owns names, types, ranges and defaults; unknown keys are errors. Never imports ray, docker, vllm or torch and never builds
what it describes (factories do); `coderm.config.loader` reads it from files.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from coderm.config.packages import parse_package
from coderm.config.paths import EMBEDDED, EXAMPLES, FilePath, ModelName, ProbeName, SourcePath, unmarked


class Section(BaseModel):
    """Base of every section: frozen, unknown keys forbidden."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)


FileSource = Literal[
    "jsonl",
    "humaneval",
    "mbpp",
    "livecodebench",
    "coderm",
    "apps",
    "taco",
    "code_contests",
    "codeforces",
    "prime",
    "deepcoder",
]
"""Readers of files."""


class ProblemsConfig(Section):
    """Which problems to solve."""

    source: Literal["starter", FileSource, "hub"] = "starter"
    """Reader: the starter set shipped here, generic JSONL, a benchmark file, a released CodeRM file, a contest data set's file, or
    a hub data set."""
    path: SourcePath = ""
    """File to read; for `hub` the data set's name; empty for `starter`."""
    split: str = "test"
    """Split of a hub data set."""
    limit: int | None = Field(None, ge=1)
    """Keep only the first so many problems."""
    only: tuple[str, ...] = ()
    """Keep only these task ids."""

    @model_validator(mode="after")
    def _path_given(self) -> "ProblemsConfig":
        if self.source != "starter" and not self.path:
            raise ValueError(f"problems.path is needed for source = {self.source!r}")
        return self


class VllmEngine(Section):
    """A vLLM engine inside an actor, on GPUs or on the CPU."""

    type: Literal["vllm"] = "vllm"
    """Names this backend."""
    model: ModelName
    """Hub id, local directory, or `smollm2`."""
    replicas: int = Field(1, ge=1)
    """Engine actors, each with its own copy of the weights."""
    gpus: int = Field(0, ge=0)
    """GPUs per replica (tensor parallel size); 0 runs on the CPU."""
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """Weights' type; `auto` is the model's own on a GPU and float32 on a CPU."""
    max_model_len: int = Field(4096, ge=64)
    """Context in tokens, prompt and answer together (paper: 4096)."""
    max_num_seqs: int = Field(64, ge=1)
    """Sequences decoded together in one replica."""
    gpu_memory_utilization: float = Field(0.9, gt=0, le=1)
    """Share of a GPU's memory vLLM may take."""
    kv_cache_gb: float = Field(2.0, gt=0)
    """KV cache on the CPU, GiB."""
    cpu_threads: int = Field(0, ge=0)
    """OpenMP threads on the CPU; 0 takes all cores of the node."""
    seeded: bool = True
    """Sample every request under a seed of its own, so that a rerun gives the same texts. On a CPU that costs a pass over the
    vocabulary per sequence and token: with 150 k tokens almost half of the time. False: every engine draws a seed at its start."""
    logprobs: bool = False
    """Keep the mean log-probability of every text, which the difficulty probe reads; costs a log-softmax over the vocabulary a
    step."""
    startup_timeout_s: float = Field(900.0, gt=0)
    """Longest wait for the engine to come up."""
    inside: bool = False
    """On a CPU: let the model compute in the process that asks for texts, so that nothing is imported twice. A crash of the engine
    ends that process; the same command resumes."""
    hidden_layers: tuple[int, ...] = ()
    """Layers whose states a GPU engine keeps for the difficulty probe, as the probe names them; a CPU engine needs no setting."""
    extra: Annotated[dict[str, Any], BeforeValidator(unmarked)] = Field(default_factory=dict)
    """Further arguments of vLLM's AsyncEngineArgs, verbatim."""

    @model_validator(mode="after")
    def _replicas_differ(self) -> "VllmEngine":
        if self.replicas > 1 and not self.seeded and "seed" in self.extra:
            raise ValueError("extra.seed would make all replicas write the same texts: remove it, or set seeded = true")
        if self.inside and self.gpus:
            raise ValueError("inside is for engines on the CPU: remove it, or set gpus = 0")
        return self


class OpenAIEngine(Section):
    """Any OpenAI-compatible endpoint. The key is read from the environment and never logged."""

    type: Literal["openai"] = "openai"
    """Names this backend."""
    model: str
    """Model name as the endpoint knows it."""
    base_url: str = "https://api.openai.com/v1"
    """Endpoint, up to and including /v1."""
    api_key_env: str = "OPENAI_API_KEY"
    """Environment variable that holds the key."""
    max_concurrency: int = Field(16, ge=1)
    """Requests in flight."""
    requests_per_minute: int = Field(0, ge=0)
    """Rate limit; 0 sets none."""
    max_retries: int = Field(6, ge=0)
    """Retries of a request that failed in passing or was throttled: exponential pauses, or the pause the endpoint asks for."""
    timeout_s: float = Field(180.0, gt=0)
    """Longest wait for the answer to one try."""
    deadline_s: float = Field(600.0, gt=0)
    """Longest time for one request, all its tries and pauses together; a pause that would end later is not begun."""
    max_n: int = Field(8, ge=1)
    """Most completions asked for in one request (endpoints differ); larger n is split."""


class ScriptedEngine(Section):
    """Replays recorded generations."""

    type: Literal["scripted"] = "scripted"
    """Names this backend."""
    path: FilePath
    """JSONL of {task_id, role, completions}, such as a run's generations.jsonl."""


EngineConfig = Annotated[VllmEngine | OpenAIEngine | ScriptedEngine, Field(discriminator="type")]


LEAST_TEMPERATURE = 0.01
"""vLLM silently raises a smaller one, 0 excepted, to this."""


class SamplingConfig(Section):
    """Sampling of one role; the defaults are the paper's main setting."""

    temperature: float = Field(0.8, ge=0)
    """0 always takes the likeliest token."""
    top_p: float = Field(0.95, gt=0, le=1)
    """Sample among the likeliest tokens that together have this probability; 1 takes all."""
    max_tokens: int = Field(2048, ge=1)
    """Longest answer, tokens."""

    @model_validator(mode="after")
    def _temperature_is_kept(self) -> "SamplingConfig":
        if 0 < self.temperature < LEAST_TEMPERATURE:
            raise ValueError(
                f"temperature = {self.temperature:g}: vLLM samples at {LEAST_TEMPERATURE:g} instead; set 0, or at least that"
            )
        return self


class PromptConfig(Section):
    """One role's prompt; the defaults live in coderm.generation.prompts."""

    system: str = ""
    """System message; empty sends none."""
    template: str = ""
    """User message with {placeholders}; empty takes the paper's."""


class PolicyConfig(Section):
    """The model that writes candidate programs."""

    engine: str = "main"
    """Name of a table under [engines]."""
    samples: int = Field(100, ge=1)
    """Candidates per problem, N (paper: 100)."""
    sampling: SamplingConfig = SamplingConfig()
    """How candidates are sampled."""
    prompt: PromptConfig = PromptConfig()
    """What asks for a program."""


class CodermConfig(Section):
    """The model that writes unit tests."""

    engine: str = "main"
    """Name of a table under [engines]; the policy's name shares one engine."""
    sampling: SamplingConfig = SamplingConfig()
    """How tests are sampled."""
    prompt: PromptConfig = PromptConfig()
    """What asks for a unit test."""
    show: Literal["first", "most_common", "rotate"] = "first"
    """Candidate shown to the test writer: the first usable one (the released inputs show one fixed, unverified program),
    the most common, or another for every request."""
    oversample: float = Field(1.25, ge=1)
    """Tests asked for per test wanted, since some come back unusable or double."""
    max_attempts: float = Field(3.0, ge=1)
    """Most tests asked for per test wanted before a shortage is accepted."""


EMBEDDED_PROBE = EMBEDDED
"""Name of the probe that is shipped, after the model that it reads."""
EXAMPLES_PROBE = EXAMPLES


class BudgetConfig(Section):
    """How many tests the run may generate, and how they are spread."""

    total: int | None = Field(None, ge=1)
    """Global budget in tests; leave out to give `per_problem` on average."""
    total_tokens: int | None = Field(None, ge=1)
    """Global budget in tokens of the test writer, prompts and unusable answers included, instead of tests."""
    total_cpu_s: float | None = Field(None, gt=0)
    """Global budget in CPU seconds of running tests, instead of tests."""
    per_problem: int = Field(100, ge=0)
    """Average tests per problem, M (paper: 100); used when `total` is absent. 0: no tests, only candidates and their labels."""
    floor: int = Field(0, ge=0)
    """Tests every problem gets."""
    cap: int | None = Field(None, ge=1)
    """Most tests one problem gets; absent: no cap."""
    model: Literal["equal", "paper", "curve", "learned"] = "equal"
    """Gain model that spreads the budget; `curve` and `learned` are fitted by `coderm study`."""
    fitted: FilePath = ""
    """File of the fitted gain model, from the study's directory; its rule and its source of pass rates must be those of the run."""
    rounds: int = Field(1, ge=1)
    """Parts the budget is spent in; after each, every problem's curve is estimated anew from its votes. One: the paper's way."""
    probe: ProbeName = EMBEDDED_PROBE
    """Difficulty probe: a directory made by `coderm probe train`, the shipped one, which reads the embedded model, or `examples`:
    no probe, but the share of candidates that pass all of the problem's visible examples."""

    @property
    def unit(self) -> Literal["tests", "tokens", "CPU seconds"]:
        """What the budget is counted in."""
        return "tokens" if self.total_tokens is not None else "tests" if self.total_cpu_s is None else "CPU seconds"

    @property
    def empty(self) -> bool:
        """Whether no test is to be written at all."""
        return self.per_problem == 0 and self.total is None and self.unit == "tests"

    @model_validator(mode="after")
    def _one_total(self) -> "BudgetConfig":
        named = [name for name in ("total", "total_tokens", "total_cpu_s") if getattr(self, name) is not None]
        if len(named) > 1:
            raise ValueError(
                f"{' and '.join(f'budget.{name}' for name in named)} are one budget in several units; keep one of them"
            )
        return self


class SandboxConfig(Section):
    """Where and under which limits programs run."""

    type: Literal["docker", "local"] = "docker"
    """`local` runs programs as plain processes of this machine and protects nothing."""
    image: str = "coderm-sandbox"
    """Image built by `make image`."""
    packages: tuple[str, ...] = ()
    """Packages that programs and tests may import: names with or without versions, or presets. A run builds them into an image."""
    requirements: FilePath = ""
    """Requirements file with further packages; a run's `packages.lock` gives exactly its versions again."""
    python: str = Field("", pattern=r"^(3\.[1-9][0-9])?$")
    """Python that programs run under, such as 3.13; empty takes the image's own."""
    runtime: str = ""
    """OCI runtime such as runsc; empty takes the engine's default."""
    grading: Literal["isolated", "shared"] = "isolated"
    """`isolated`: the test runs in a process that never executes the program, and only plain data crosses.
    `shared`: program and test in one process (the paper's)."""
    fallback: bool = True
    """Grade a test that isolation cannot serve as `shared`; otherwise its pairs are `unserved`."""
    cpu_s: float = Field(1.0, gt=0)
    """CPU limit of one (program, test) pair, seconds (released harness: 1 s)."""
    wall_s: float = Field(20.0, gt=0)
    """Wall limit of one pair; far above cpu_s, so that load does not decide verdicts."""
    memory_mb: int = Field(512, ge=32)
    """Address space of one pair; the stacks of its threads come on top."""
    output_kb: int = Field(0, ge=0)
    """A pair that prints more is `output_limit`, KiB; 0: what it prints goes nowhere and ends nothing, as on judges."""
    processes: int = Field(128, ge=1)
    """Processes and threads that program and test may have each."""
    files_mb: int = Field(8, ge=1)
    """Size of the scratch file system per container."""
    check_cpu_s: float = Field(3.0, gt=0)
    """CPU limit of one hidden check (the benchmark's own tests)."""
    block_pairs: int = Field(2048, ge=1)
    """Most pairs sent to a sandbox in one call. Texts are read and compiled once a block: a fifth of the time at 512 pairs."""
    engine_timeout_s: float = Field(30.0, gt=0)
    """Deadline of one call to the Docker engine."""
    row_timeouts: int = Field(2, ge=0)
    """After so many timeouts in a row, each of a test's own full limit, the rest of a program's row (within one block) is left out:
    an outcome of its own, counted, neither a pass nor a failure. 0 runs every pair. Two, because a program that loops costs its
    limit and the borderline band every time: 2.4 CPU seconds a row with the defaults."""
    recycle_blocks: int = Field(256, ge=1)
    """A container serves so many blocks, then a fresh one takes its place: some minutes of work for half a second of starting."""
    recycle_growth_mb: int = Field(64, ge=0)
    """A container is exchanged when its memory has grown by more than this since its first block, MiB; 0 does not look."""
    canaries: int = Field(2, ge=0)
    """Tests that no honest program can pass, made of the problem's own, run with each program that passes a test; 0: none."""
    borderline: float = Field(0.2, ge=0, lt=1)
    """A pair whose CPU time ends within this share of the limit, below or above, runs again alone; the smaller time decides."""
    sessions: bool = True
    """Let tests of a program share an interpreter where that provably cannot change an outcome; false forks for every pair."""
    crowds: bool = False
    """Let programs of a block share an interpreter, too, where two proofs allow it; a hole in those then reaches other programs."""
    details: bool = True
    """Keep a bounded text of why a pair did not pass; `coderm report --why TASK` and details.jsonl show it."""
    details_kb: int = Field(64, ge=1)
    """Most text of that kind a block keeps, KiB; with much to tell every text is cut to an equal share."""

    @field_validator("packages")
    @classmethod
    def _packages_parse(cls, packages: tuple[str, ...]) -> tuple[str, ...]:
        for line in packages:
            parse_package(line)
        return packages


COUNTING_RULES = ("coderm", "max_pass")
"""Rules for which early stopping is exact (coderm.selection.early_stop has the proof)."""


def choice_name(rule: str, *, examples: bool) -> str:
    """What a choice is called: by its rule, and whether visible examples take part."""
    return f"{rule} + examples" if examples else rule


class SelectionConfig(Section):
    """How a program is chosen from the pass matrix."""

    rule: Literal["coderm", "max_pass", "codet", "b4", "robust", "mbr", "weighted", "aces"] = "coderm"
    """Rule behind selected.jsonl; every rule is reported."""
    b4_alpha: float = Field(1.0, gt=0)
    """B4's a; 1 with b0 = 10 is the weakest prior of its paper's range and needs no tuning to N and M (benchmarks there: 1e3)."""
    b4_beta: float = Field(10.0, gt=0)
    """B4's b0 (10 in its simulations, 1e4 to 1e6 in its benchmarks)."""
    examples: bool = False
    """Choose among the candidates that pass the most of the problem's visible examples; false: the paper's way, tests alone."""
    early_stop: bool = False
    """Run a candidate no further once it cannot be chosen any more. The choice stays exactly the same; figures that need every
    pair are not reported. For the rules that count passes, `coderm` and `max_pass`."""

    @model_validator(mode="after")
    def _stopping_is_exact(self) -> "SelectionConfig":
        if self.early_stop and self.examples:
            raise ValueError("selection.early_stop follows a leader that selection.examples may leave out; use one of them")
        if self.early_stop and self.rule not in COUNTING_RULES:
            raise ValueError(f"selection.early_stop is exact for {' and '.join(COUNTING_RULES)} only, not for rule = {self.rule!r}")
        return self


LEAST_WINDOW, WINDOW_PER_EXECUTOR = 64, 4


class ClusterConfig(Section):
    """Ray: which cluster, and how much of it."""

    address: str = "auto"
    """`auto` joins a running cluster, or else is `local`: this machine alone, in one process where that will do, else in a Ray
    cluster of its own; `ray` starts that in any case; or host:port."""
    executors: int = Field(0, ge=0)
    """Executors, one container each; 0 takes one per CPU that the engines leave."""
    executor_cpus: float = Field(1.0, gt=0)
    """CPUs Ray reserves for an executor."""
    in_flight: int = Field(2, ge=1)
    """Calls queued on one executor."""
    generator_in_flight: int = Field(256, ge=1)
    """Requests queued on one generator replica."""
    window: int = Field(0, ge=0)
    """Problems worked on at once; bounds memory. 0: four for each executor, and no fewer than 64."""
    max_retries: int = Field(3, ge=0)
    """Times a command is tried again after its worker was lost."""
    stall_timeout_s: float = Field(1800.0, gt=0)
    """With no event for so long the run names what it waits for and gives up."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least that run.log and the actors' logs tell; the variable CODERM_LOG says the same."""

    def in_work(self, executors: int) -> int:
        """Problems, or records, worked on at once: enough that executors have work while most problems wait for their texts."""
        return self.window or max(LEAST_WINDOW, WINDOW_PER_EXECUTOR * executors)


class LoggersConfig(Section):
    """Trackers of experiments that a run is logged to."""

    to: tuple[Literal["jsonl", "wandb", "mlflow"], ...] = ()
    """Loggers; each of the last two needs the library of its name."""
    project: str = Field("coderm", min_length=1)
    """Project of Weights & Biases, experiment of MLflow."""
    name: str = ""
    """Name of the run there; empty: that of its directory."""


class RunConfig(Section):
    """Everything a run depends on."""

    seed: int = 0
    """Same seed, same candidates and tests, where the backend allows."""
    problems: ProblemsConfig = ProblemsConfig()
    """Problems to solve."""
    engines: dict[str, EngineConfig] = Field(default_factory=dict)
    """Engines by name; a role names one."""
    policy: PolicyConfig = PolicyConfig()
    """Policy model, which writes the candidate programs."""
    coderm: CodermConfig = CodermConfig()
    """Unit test generator (CodeRM)."""
    budget: BudgetConfig = BudgetConfig()
    """Test budget, and how it is spread over the problems."""
    sandbox: SandboxConfig = SandboxConfig()
    """Sandbox: where programs run, and under which limits."""
    selection: SelectionConfig = SelectionConfig()
    """Selection rule."""
    cluster: ClusterConfig = ClusterConfig()
    """Ray cluster."""
    loggers: LoggersConfig = LoggersConfig()
    """Trackers of experiments; none by default."""

    @model_validator(mode="after")
    def _rounds_see_whole_rows(self) -> "RunConfig":
        if self.selection.early_stop and self.budget.rounds > 1:
            raise ValueError("selection.early_stop leaves out what budget.rounds > 1 wants to see; use one of them")
        return self
