"""Settings of the test bank: where it is, how many tests it may have written, and when a test is retired."""

from pydantic import Field

from coderm.config.paths import FilePath
from coderm.config.schema import Section


class BankConfig(Section):
    """The test bank of a service; docs/bank.md has the rules that these numbers belong to."""

    directory: FilePath = "bank"
    """Directory of the bank, made when new; one server at a time writes to it."""
    total: int = Field(20_000, ge=0)
    """Budget of the whole training: tests that may be bought, over all problems and all starts of the service. 0: none."""
    start: int = Field(8, ge=0)
    """Tests that a registered problem gets before its first group: enough for a vote, as many as a group of rollouts often has."""
    cap: int = Field(64, ge=1)
    """Most tests bought for one problem; best-of-N hardly gains past it in the paper's curves."""
    batch: int = Field(8, ge=1)
    """Most tests bought for one problem in one decision: what they show is known before more are bought."""
    step_share: float = Field(0.02, gt=0, le=1)
    """Share of the tests left that one decision may spend, so that the last problems of a training find some: half is spent after
    35 decisions that all want as much as they may."""
    least_gain: float = Field(0.05, ge=0, le=1)
    """Chance of a difference below which a test is not bought: at one in twenty a batch of 8 would likely show nothing."""
    keep: int = Field(4, ge=1)
    """Active tests below which a test is not retired for parting nothing: easy tests still catch a policy that breaks."""
    idle_groups: int = Field(16, ge=1)
    """Groups that differ, in a row, in which a test parted nothing before it is retired. With a chance of one in six to part a
    group, a useful test would be idle so long in 5 of 100 cases."""
    unsteady_programs: int = Field(3, ge=1)
    """Programs judged both ways before a test is retired: one may be a program that draws lots, and two may be its copies."""
    void_groups: int = Field(3, ge=1)
    """Groups in which nothing but errors came of a test, while others were passed, before it is retired as broken."""
    retry_pause_s: float = Field(5.0, gt=0)
    """Pause before a problem whose engine was down is tried again; twice as long after each failure."""
    retry_pause_most_s: float = Field(300.0, gt=0)
    """Longest such pause."""
    in_work: int = Field(16, ge=1)
    """Problems whose tests are written at once."""
