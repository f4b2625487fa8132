"""A session that has used much memory is told from one that has not."""

import os

import pytest

from coderm.sandbox.runner.confinement.memory import Growth


def grows(megabytes: int) -> bool:
    """Use and free memory in a fork, which begins with a peak of its own."""
    pid = os.fork()
    if pid == 0:
        growth = Growth()
        b"x" * (megabytes << 20)
        os._exit(growth.is_large())
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1


@pytest.mark.parametrize(("megabytes", "large"), [(0, False), (1, False), (64, True)])
def test_memory_that_was_used_counts_even_if_it_is_free_again(megabytes, large):
    assert grows(megabytes) is large
