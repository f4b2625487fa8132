"""One thread for torch: the models are so small that a second one only waits, and sums come out the same everywhere."""

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
