"""The policy and test writers of the paper's HumanEval+ table, fitted to its figures, and what those figures were.

The parameters were found by random search so that simulated matrices of 100 x 100 have the published pass@1, recall and false
positive rate of one test, of "100 tests" (most passes), and, where published, best-of-N. Recall and rates follow from the table's
accuracy, F1, FAR and FRR: with FP + FN = 1 - accuracy and 2 TP = F1 / (1 - F1) (FP + FN).
"""

from dataclasses import dataclass

from coderm.study.simulation.world import Policy, Writer


@dataclass(frozen=True, slots=True)
class Published:
    """Percent. accuracy, f1, far, frr of one test and of 100 tests as the paper names them; best_of_n with 100 tests."""

    one_test: tuple[float, float, float, float]
    hundred_tests: tuple[float, float, float, float]
    best_of_n: float | None


POLICY = Policy(0.4, 0.323, 1.72)
"""Llama3-8B on HumanEval+ (pass@1 53.58)."""
WRITERS: dict[str, Writer] = {
    "coderm-8b": Writer(0.414, 0.416, 0.379, 7.095, 0.257, 0.009),
    "llama3.1-8b": Writer(0.271, 0.589, 0.672, 5.217, 0.084, 0.012),
    "llama3.1-70b": Writer(0.414, 0.29, 0.072, 2.286, 0.434, 0.009),
}
"""Test writers by name."""
PUBLISHED: dict[str, Published] = {
    "coderm-8b": Published((69.64, 63.63, 11.17, 38.55), (80.46, 81.27, 16.48, 22.71), 72.01),
    "llama3.1-8b": Published((60.02, 44.97, 13.66, 46.13), (74.21, 74.35, 20.44, 30.55), None),
    "llama3.1-70b": Published((73.65, 70.15, 11.10, 34.51), (78.30, 78.76, 17.19, 25.97), 72.04),
}
"""The paper's table of test quality, and best-of-N of Llama3-8B."""
PUBLISHED_SIZE = (100, 100)
"""Candidates and tests per problem behind those figures; with other sizes there is nothing to compare."""
