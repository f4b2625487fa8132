"""Whether weights moved, and whether an export is the model that was trained."""

import numpy as np
import pytest

from coderm.errors import TrainingError
from coderm.training.fidelity import Answers, compare
from coderm.training.movement import check_same, digest_of, moved


def sample(**tensors):
    return {name: np.array(values, np.float32) for name, values in tensors.items()}


def test_the_share_that_moved_and_the_tensors_that_did_not():
    found = moved(sample(a=[1, 2], b=[3, 4]), sample(a=[1, 3], b=[3, 4]))
    assert (found.share, found.tensors, found.still) == (0.25, 2, ("b",))


def test_nothing_moved_is_an_error_with_the_remedy():
    with pytest.raises(TrainingError, match="no weight moved; raise optimisation"):
        moved(sample(a=[1, 2]), sample(a=[1, 2]))


def test_weights_that_are_no_numbers_are_an_error():
    with pytest.raises(TrainingError, match="a is no longer finite; lower optimisation"):
        moved(sample(a=[1, 2]), sample(a=[1, float("nan")]))


def answers(*logprobs, likeliest=None):
    return Answers(np.array(logprobs, np.float32), np.array(likeliest or [0] * len(logprobs)))


def test_what_rounding_loses_is_told_as_a_share_of_what_was_learnt():
    found = compare(answers(-2, -2), answers(-1, -1), answers(-1.3, -0.7, likeliest=[0, 5]))
    assert found.effect_lost == pytest.approx(0.3)
    assert found.agreement == 0.5
    assert (found.base_loss, found.trained_loss) == (2.0, 1.0)


@pytest.mark.parametrize("far", [-3.0, float("nan")])
def test_an_export_that_is_another_model_is_an_error(far):
    with pytest.raises(TrainingError, match="far beyond rounding; use the adapter itself"):
        compare(answers(-2, -2), answers(-1, -1), answers(far, far))


def test_workers_that_end_in_different_models_are_an_error():
    same = digest_of(sample(a=[1, 2]))
    check_same([same, same])
    with pytest.raises(TrainingError, match="2 workers ended with 2 different models: their gradients were not joined"):
        check_same([same, digest_of(sample(a=[1, 3]))])
