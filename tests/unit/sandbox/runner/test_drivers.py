"""What runs a test module's tests at its import does nothing; everything else is as it was written."""

import unittest

import pytest

from coderm.sandbox.runner.constants import TESTS_FILE
from coderm.sandbox.runner.unittests.drivers import execute

CASES = "class T(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(add(2, 3), 5)\n"
DRIVEN = {
    "plain": "unittest.main()",
    "with arguments": "unittest.main(argv=['ignored'], exit=False, verbosity=2)",
    "kept": "program = unittest.main(exit=False)\nprint(program.result)",
    "its result": "sys.exit(unittest.main())",
    "raised": "raise SystemExit(unittest.main())",
    "caught": "try:\n    unittest.main()\nexcept SystemExit as end:\n    print(end)",
    "another name": "import unittest as ut\nut.main()",
    "imported": "from unittest import main\nmain()",
    "imported under a name": "from unittest import main as go\ngo()",
    "by a star": "from unittest import *\nmain()",
    "twice": "unittest.main()\nunittest.main()",
    "the class": "unittest.TestProgram(exit=False)",
    "another guard": "if __name__ != 'elsewhere':\n    unittest.main()",
    "a wide guard": "if __name__ == '__main__' or True:\n    unittest.main()",
    "the other side of a guard": "if __name__ == '__main__':\n    pass\nelse:\n    unittest.main()",
    "a condition": "if unittest.main(exit=False):\n    pass\nelif unittest.main():\n    pass\nelse:\n    pass",
    "a function": "def run_all():\n    unittest.main()\n\nrun_all()",
    "a function of a function": "def inner():\n    unittest.main()\ndef outer():\n    inner()\nouter()",
    "a lambda": "go = lambda: unittest.main()\ngo()",
    "a runner": "unittest.TextTestRunner().run(suite)",
    "a runner's result": (
        "suite = unittest.TestLoader().loadTestsFromTestCase(T)\nrunner = unittest.TextTestRunner(verbosity=2)\n"
        "result = runner.run(suite)\nif not result.wasSuccessful():\n    sys.exit(1)\nsys.exit(0)"
    ),
    "asserted": "assert unittest.TextTestRunner().run(suite).wasSuccessful()",
    "in a block": "with open('/dev/null', 'w') as log:\n    unittest.TextTestRunner(log).run(suite)",
    "doctest": "import doctest\ndoctest.testmod()",
    "doctest imported": "from doctest import testmod as check\ncheck(verbose=True)",
    "an exit": "sys.exit()",
    "a short exit": "quit()",
    "on one line": "x = 1; unittest.main(); y = 2",
    "over lines": "unittest.main(\n    argv=['ä'],\n    exit=False,\n); y = 2",
}
RAISING = {
    "a conditional end": "if add:\n    sys.exit('wrong')\n",
    "a status": "sys.exit(1)",
    "an end of the program": "add(SystemExit())",
    "an exit of the program": "add(0)",
}
PROGRAM = "def add(end, *others):\n    raise end if isinstance(end, SystemExit) else SystemExit\n"


def with_cases(text):
    return f"import unittest, sys\n{CASES}suite = unittest.TestSuite()\n{text}"


def run(text):
    names: dict[str, object] = {"__name__": "solution"}
    exec(compile(PROGRAM, "<solution>", "exec"), names)
    execute(compile(with_cases(text), TESTS_FILE, "exec"), names)
    return names


@pytest.mark.parametrize("name", DRIVEN)
def test_what_drives_does_nothing(name):
    before = unittest.main, unittest.TestProgram, unittest.TextTestRunner.run
    names = run(DRIVEN[name])
    assert "T" in names
    assert (unittest.main, unittest.TestProgram, unittest.TextTestRunner.run) == before
    if "y = 2" in DRIVEN[name]:
        assert names["y"] == 2


@pytest.mark.parametrize("name", RAISING)
def test_any_other_end_rises(name):
    with pytest.raises(SystemExit):
        run(RAISING[name])
