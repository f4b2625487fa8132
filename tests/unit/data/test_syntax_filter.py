"""What a program needs is told by its syntax tree."""

import ast

import pytest

from coderm.data.records import Rejected, Why
from coderm.data.stages.syntax_filter import needs, syntax_filter
from coderm.messages.cases import Case
from coderm.messages.scoring import Cases

from .world import a_record

NEEDS = [
    ("import requests\ndef f(u):\n    return requests.get(u)", Why.NETWORK),
    ("from urllib import request\ndef f(u):\n    return request.urlopen(u)", Why.NETWORK),
    ("import random as r\ndef f():\n    return r.random()", Why.RANDOMNESS),
    ("from random import *\ndef f():\n    return randint(0, 1)", Why.RANDOMNESS),
    ("import numpy as np\ndef f():\n    return np.random.rand()", Why.RANDOMNESS),
    ("from threading import Thread\ndef f():\n    Thread().start()", Why.THREADS),
    ("import time\ndef f():\n    time.sleep(1)", Why.CLOCK),
    ("from datetime import datetime\ndef f():\n    return datetime.now()", Why.CLOCK),
    ("import datetime\ndef f():\n    return datetime.date.today()", Why.CLOCK),
    ("def f():\n    return input()", Why.INPUT),
    ("import sys\ndef f():\n    return sys.stdin.read()", Why.INPUT),
    ("def f(p):\n    with open(p) as file:\n        return file.read()", Why.FILES),
    ("import os\ndef f(p):\n    os.remove(p)", Why.FILES),
    ("import os\ndef f():\n    os.system('ls')", Why.PROCESSES),
]
FREE = [
    "import random\ndef f(x):\n    return x",
    "from datetime import date\ndef f(y):\n    return date(y, 1, 1).weekday()",
    "def f(x):\n    input = x\n    return input",
    "def open(x):\n    return x\ndef f(x):\n    return open(x)",
    "import numpy as np\ndef f(x):\n    return np.sum(x)",
    "import sys\ndef f(x):\n    return sys.maxsize",
    "import os\ndef f(p):\n    return os.path.join(p, 'a')",
    "def f(random):\n    return random.x",
]


@pytest.mark.parametrize(("program", "why"), NEEDS)
def test_a_program_that_needs_something_is_named_for_it(program, why):
    assert needs(ast.parse(program)) == {why}
    assert syntax_filter(a_record(program)) == Rejected(why)


@pytest.mark.parametrize("program", FREE)
def test_a_name_that_is_only_imported_or_the_program_s_own_is_no_need(program):
    record = a_record(program)
    assert syntax_filter(record) is record


def test_a_program_of_standard_input_may_read_it_and_nothing_else():
    cases = Cases((Case("1", "2"),))
    record = a_record("print(int(input()) + 1)", cases=cases)
    assert syntax_filter(record) is record
    assert syntax_filter(a_record("import time\nprint(input(), time.time())", cases=cases)) == Rejected(Why.CLOCK)
