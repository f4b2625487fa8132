"""Order: what a program needs for waiting is seen in its text, however it is imported, and other texts are not taken for it."""

import pytest

from coderm.scoring.order import may_wait


@pytest.mark.parametrize(
    "text",
    [
        "import time\n",
        "from time import sleep as nap\n",
        "import math, time\n",
        "import numpy as np , threading\n",
        "def f():\n    import os\n",
        "from concurrent.futures import ThreadPoolExecutor\n",
        "from multiprocessing.pool import Pool\n",
        "x = input()\n",
        "__import__('time').sleep(9)\n",
        "import importlib\n",
    ],
)
def test_a_program_that_may_wait(text):
    assert may_wait(text)


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n    return ','.join(x)\n",
        "from collections import deque\n\nqueue = deque()\ntime = queue.popleft\n",
        "import math, timeit2\nimport oslo\n",
        "from typing import Iterable\n",
        "def read_input(data):\n    return data\n",
        "select = signal = socket = 0\n",
    ],
)
def test_a_program_that_hardly_can(text):
    assert not may_wait(text)
