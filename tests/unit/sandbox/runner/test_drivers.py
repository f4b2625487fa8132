"""What runs a test module's tests at its import is taken out; everything else stays as it was written."""

import pytest

from coderm.sandbox.runner.unittests.drivers import without_drivers

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
    "a runner of another package": "import xmlrunner\nxmlrunner.XMLTestRunner(output='x').run(suite)",
    "asserted": "assert unittest.TextTestRunner().run(suite).wasSuccessful()",
    "in a block": "with open('/dev/null', 'w') as log:\n    unittest.TextTestRunner(log).run(suite)",
    "doctest": "import doctest\ndoctest.testmod()",
    "doctest imported": "from doctest import testmod as check\ncheck(verbose=True)",
    "pytest": "import pytest\npytest.main([__file__])",
    "an exit": "sys.exit()",
    "a short exit": "quit()",
    "on one line": "x = 1; unittest.main(); y = 2",
    "over lines": "unittest.main(\n    argv=['ä'],\n    exit=False,\n); y = 2",
}
KEPT = {
    "a guard": "if __name__ == '__main__':\n    unittest.main()\n",
    "a turned guard": "if '__main__' == __name__:\n    unittest.main()\n    sys.exit(0)\n",
    "in a case": "class R(unittest.TestCase):\n    def test_run(self):\n        unittest.main(exit=False)\n        sys.exit(1)\n",
    "the program's main": "assert main(3) == 4\nwanted = main\n",
    "a conditional end": "if not add:\n    sys.exit('nothing to test')\n",
    "a run of something else": "engine = Engine()\nengine.run(5)\n",
    "a runner that is made": "runner = unittest.TextTestRunner()\n",
    "a function that is not called": "def later():\n    unittest.main()\n",
    "a string": "text = 'unittest.main()'\n",
}


def with_cases(text):
    return f"import unittest, sys\n{CASES}suite = unittest.TestSuite()\n{text}"


@pytest.mark.parametrize("name", DRIVEN)
def test_what_drives_is_taken_out(name):
    text = without_drivers(with_cases(DRIVEN[name]))
    assert text.startswith(f"import unittest, sys\n{CASES}")
    names: dict[str, object] = {"__name__": "solution"}
    exec(compile(text.replace("import xmlrunner", "").replace("import pytest", ""), "<tests>", "exec"), names)
    assert "T" in names
    if "y = 2" in text:
        assert names["y"] == 2


@pytest.mark.parametrize("name", KEPT)
def test_what_does_not_stays(name):
    text = with_cases(KEPT[name])
    assert without_drivers(text) == text


def test_lines_that_only_look_like_the_end_of_a_line_are_not_counted():
    text = "import unittest\nmark = 'a\\x0cb\u2028c'\n\x0c\nunittest.main()\nend = mark\n"
    names: dict[str, object] = {}
    exec(without_drivers(text), names)
    assert names["end"] == "a\x0cb\u2028c"
