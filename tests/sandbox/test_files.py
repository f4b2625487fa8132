"""Files that a test and its program share: served in isolation, data and no more, and gone with the pair."""

import pytest
from pairs import ADD, ADDS, LIMITS, assert_serving, case

from coderm.messages.execution import GRADINGS, Block, Limits, Outcome

STORE = """
import csv, json, os, shutil, sqlite3, tempfile, zipfile
from pathlib import Path

def save(path, text):
    with open(path, "w") as file:
        file.write(text)

def read(path):
    with open(path) as file:
        return file.read()

def append(path, text):
    with open(path, "a") as file:
        file.write(text)

def temporary(text):
    with tempfile.NamedTemporaryFile("w", delete=False) as file:
        file.write(text)
    return file.name

def private(path):
    save(path, "secret")
    os.chmod(path, 0o600)

def tidy(folder):
    shutil.rmtree(folder)

def add_row(path, name):
    connection = sqlite3.connect(path)
    connection.execute("create table if not exists people (name text)")
    connection.execute("insert into people values (?)", (name,))
    connection.commit()
    connection.close()

class Table:
    def __init__(self, path):
        self.connection = sqlite3.connect(path)

    def count(self):
        return self.connection.execute("select count(*) from people").fetchone()[0]

def tree(folder):
    Path(folder, "a", "b").mkdir(parents=True)
    Path(folder, "a", "b", "note.txt").write_text("deep")

def pack(archive, name):
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(name, "packed")
"""
FILES = {
    "a file of the program is read, changed and removed": (
        "save('a.txt', 'one')",
        "with open('a.txt', 'a') as file:\n            file.write(' two')",
        "self.assertEqual(read('a.txt'), 'one two')",
        "os.rename('a.txt', 'b.txt')",
        "self.assertTrue(os.path.exists('b.txt') and os.access('b.txt', os.W_OK))",
        "os.remove('b.txt')",
        "self.assertEqual(os.listdir('.'), [])",
    ),
    "a file of the test is read, changed and removed": (
        "os.makedirs('d/e')",
        "with open('d/e/f', 'w') as file:\n            file.write('x')",
        "append('d/e/f', 'y')",
        "self.assertEqual(open('d/e/f').read(), 'xy')",
        "tidy('d')",
        "self.assertFalse(os.path.exists('d'))",
    ),
    "temporary files": (
        "with tempfile.NamedTemporaryFile('w+') as file:",
        "    append(file.name, 'x')",
        "    self.assertEqual(file.read(), 'x')",
        "    self.assertEqual(os.path.dirname(file.name), tempfile.gettempdir())",
        "with tempfile.TemporaryDirectory() as folder:",
        "    tree(folder)",
        "    self.assertEqual(glob.glob(folder + '/a/*/*.txt'), [folder + '/a/b/note.txt'])",
        "handle, path = tempfile.mkstemp()",
        "os.close(handle)",
        "save(path, 'y')",
        "self.assertEqual(read(path), 'y')",
        "os.remove(path)",
        "path = temporary('z')",
        "self.assertEqual(open(path).read(), 'z')",
        "os.unlink(path)",
        "self.assertEqual(os.listdir(tempfile.gettempdir()), [])",
    ),
    "modes and times": (
        "private('key')",
        "self.assertEqual(open('key').read(), 'secret')",
        "self.assertTrue(os.access('key', os.R_OK))",
        "self.assertEqual(stat.S_IMODE(os.stat('key').st_mode), 0o600)",
        "os.chmod('key', 0o644)",
        "os.utime('key', (1, 2))",
        "shutil.copy2('key', 'copy')",
        "self.assertEqual(os.path.getmtime('copy'), 2)",
        "shutil.move('copy', 'moved')",
        "self.assertEqual(read('moved'), 'secret')",
    ),
    "a database that both have open": (
        "add_row('people.db', 'Ada')",
        "connection = sqlite3.connect('people.db')",
        "table = Table('people.db')",
        "connection.execute(\"insert into people values ('Bob')\")",
        "connection.commit()",
        "self.assertEqual(table.count(), 2)",
        "add_row('people.db', 'Cy')",
        "self.assertEqual([name for name, in connection.execute('select name from people')], ['Ada', 'Bob', 'Cy'])",
        "connection.execute('drop table people')",
        "connection.close()",
        "os.remove('people.db')",
    ),
    "formats": (
        "with open('a.csv', 'w', newline='') as file:",
        "    csv.writer(file).writerows([['a', 1], ['b', 2]])",
        "self.assertEqual(read('a.csv').split(), ['a,1', 'b,2'])",
        "save('a.json', '[1, 2]')",
        "self.assertEqual(json.load(open('a.json')), [1, 2])",
        "pack('a.zip', 'x')",
        "self.assertEqual(zipfile.ZipFile('a.zip').read('x'), b'packed')",
        "tree('t')",
        "self.assertEqual(pathlib.Path('t/a/b/note.txt').read_text(), 'deep')",
    ),
    "links": (
        "save('a', 'x')",
        "os.symlink('a', 'b')",
        "append('b', 'y')",
        "self.assertEqual(open('a').read(), 'xy')",
    ),
}
TOP = "import csv, glob, json, os, pathlib, shutil, sqlite3, stat, tempfile, zipfile\n"


def judged(box, program, test, limits=LIMITS):
    """Grade one pair without a fallback; return its outcome and detail."""
    result = box.run(Block("files", (program,), (test,), limits, details=True, fallback=False))
    return Outcome(int(result.outcomes[0, 0])), result.details.get((0, 0), "")


@pytest.mark.parametrize("name", FILES)
def test_both_sides_use_the_same_files(sandbox, name):
    assert judged(sandbox, STORE, TOP + case(*FILES[name])) == (Outcome.PASSED, "")


def test_such_tests_are_graded_in_isolation(isolated):
    result = isolated.run(Block("b", (STORE,), tuple(TOP + case(*lines) for lines in FILES.values()), LIMITS))
    assert (result.grading == GRADINGS.index("isolated")).all()


@pytest.fixture
def separate(kind):
    if kind == "local":
        pytest.skip("local protects nothing")


PLANT = """
import os
def answer(path):
    for number in range(3, 16):
        os.symlink(f"/proc/self/fd/{number}", f"{path}{number}")
"""
SEEK = case(
    "answer('link')",
    "seen = b''",
    "for number in range(3, 16):",
    "    try:",
    "        with open(f'link{number}', 'rb') as file:",
    "            seen += file.read()",
    "    except OSError:",
    "        pass",
    "self.assertIn(b'what only the test knows', seen)",
)


def test_a_link_to_a_descriptor_of_the_tester_shows_nothing(isolated, separate):
    assert judged(isolated, PLANT, SEEK)[0] is Outcome.FAILED


def test_a_link_to_a_descriptor_of_the_tester_takes_nothing(isolated, separate):
    write = SEEK.replace("'rb') as file", "'wb') as file").replace("seen += file.read()", "file.write(b'x')")
    assert judged(isolated, PLANT, write)[0] is Outcome.FAILED


PLANTED = (
    """
import os, tempfile
for name in ("colorsys", "sched", "json", "unittest", "usercustomize", "sitecustomize", "encodings", "solution"):
    with open(name + ".py", "w") as file:
        file.write("raise SystemExit('planted')\\nrgb_to_hsv = scheduler = None\\n")
os.mkdir("chunk")
open("x.pth", "w").write("import planted")
"""
    + ADD
)


def test_a_planted_module_is_never_imported(isolated):
    test = "import os, sys\nplaces = sys.path\nfor place in (os.getcwd(), '.', ''):\n    places.insert(0, place)\n"
    test += "import colorsys, json, sched\n" + case(
        "self.assertIsNotNone(colorsys.rgb_to_hsv)",
        "self.assertIsNotNone(sched.scheduler)",
        "self.assertTrue(os.path.exists('json.py'))",
        "self.assertEqual(add(1, 2), 3)",
    )
    assert judged(isolated, PLANTED, test) == (Outcome.PASSED, "")


@pytest.mark.parametrize(
    "line",
    [
        "import marshal; marshal.dumps(1)",
        "import shelve; shelve.Shelf",
        "import pickle as p; p.dumps(1)",
        "import dbm; dbm.error",
        "import runpy; runpy.run_path",
        "from pdb import Pdb; Pdb",
        "np.load('x', allow_pickle=True)",
    ],
)
def test_what_runs_code_from_files_falls_back(isolated, line):
    test = "import numpy as np\nimport unittest\nclass C(unittest.TestCase):\n    def test_it(self):\n"
    test += f"        {line}\n        self.assertEqual(add(2, 3), 5)\n"
    result = isolated.run(Block("b", (ADD,), (test,), LIMITS))
    assert result.grading.tolist() == [[GRADINGS.index("shared")]]


LEFT = case("import os", "self.assertEqual(add(2, 3), 5)", "self.assertEqual(os.listdir('.'), [])")
LITTER = {
    "ten thousand files of the program": (
        "for n in range(10_000):\n    open(f'{n}', 'w').close()\n" + ADD,
        case("import os", "self.assertEqual(len(os.listdir('.')), 10_000)"),
        {Outcome.PASSED},
    ),
    "nine hundred files of the test": (
        ADD,
        case("for n in range(add(0, 900)):", "    open(str(n), 'w').close()"),
        {Outcome.PASSED},
    ),
    "folders without rights": (
        "import os\nos.makedirs('a/b')\nopen('a/b/c', 'w').close()\nos.chmod('a/b/c', 0)\nos.chmod('a', 0)\n" + ADD,
        case("import os", "self.assertEqual(os.listdir('a'), ['b'])"),
        {Outcome.ERROR},
    ),
    "files of the test without rights": (
        "def look():\n    open('x').read()\n",
        case("import os", "open('x', 'w').close()", "os.chmod('x', 0)", "self.assertRaises(PermissionError, look)"),
        {Outcome.PASSED},
    ),
    "a full disk": (
        "def fill():\n    for n in range(100):\n        with open(f'{n}', 'wb') as file:\n            for _ in range(64):\n"
        "                file.write(bytes(1 << 20))\n",
        case("self.assertEqual(fill(), None)"),
        {Outcome.ERROR},
    ),
    "a full disk for the test": (
        "try:\n    for n in range(100):\n        with open(f'{n}', 'wb') as file:\n            for _ in range(64):\n"
        "                file.write(bytes(1 << 20))\nexcept OSError:\n    pass\n" + ADD,
        case("open('mine', 'w').write('x' * 100_000)"),
        {Outcome.ERROR},
    ),
    "a pipe where a file was expected": (
        "import os\nos.mkfifo('out')\n" + ADD,
        case("self.assertEqual(open('out').read(), '')"),
        {Outcome.TIMEOUT},
    ),
    "a link in place of the directory": (
        "import os\nhere = os.getcwd()\ntry:\n    os.rmdir(here)\n    os.symlink('/', here)\nexcept OSError:\n    pass\n"
        "try:\n    os.rename(here, here + '2')\n    os.symlink('/', here)\nexcept OSError:\n    pass\n" + ADD,
        ADDS,
        {Outcome.PASSED},
    ),
    "links to everywhere": (
        "import os\nfor to in ('/', '/proc/self', '..', '.'):\n    os.symlink(to, str(id(to)))\n" + ADD,
        ADDS,
        {Outcome.PASSED},
    ),
    "deep folders of both": (
        "import os, tempfile\ndef dig():\n    for _ in range(700):\n        os.mkdir('d')\n        os.chdir('d')\n"
        "    os.chdir(tempfile.gettempdir())\n",
        case("import os", "dig()", "self.assertTrue(os.path.isdir('d/d'))", "os.mkdir('d/d/mine')"),
        {Outcome.PASSED},
    ),
}


@pytest.mark.parametrize("name", LITTER)
def test_the_next_pair_finds_an_empty_directory(sandbox, kind, name):
    if kind == "local" and ("full disk" in name or "rights" in name):
        pytest.skip("local limits one file, not the disk, and may be root")
    program, test, expected = LITTER[name]
    limits = Limits(cpu_s=10.0, wall_s=2.0 if Outcome.TIMEOUT in expected else 60.0)
    assert judged(sandbox, program, test, limits)[0] in expected
    assert judged(sandbox, ADD, LEFT) == (Outcome.PASSED, "")
    assert_serving(sandbox)


def test_who_shares_files_can_neither_signal_nor_read_the_tester(isolated, separate):
    program = """
import ctypes, os, signal
libc = ctypes.CDLL(None, use_errno=True)

def refused(call, *args):
    try:
        call(*args)
    except OSError:
        return True
    return False

def testers():
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        ids = open(f"/proc/{pid}/status").read().split("Uid:")[1].split()[:4]
        if ids[3] == str(os.getuid()) and ids[0] != ids[3]:
            found.append(int(pid))
    return found

def reach(pid):
    reached = [name for name in ("mem", "environ", "fd", "fd/3", "maps", "map_files", "stack", "auxv", "task/" + str(pid) + "/mem")
               if not refused(os.open, f"/proc/{pid}/{name}", os.O_RDONLY)]
    reached += [number for number in (0, signal.SIGSTOP, signal.SIGINT) if not refused(os.kill, pid, number)]
    if libc.ptrace(16, pid, 0, 0) == 0 or libc.prlimit(pid, 7, None, ctypes.create_string_buffer(16)) == 0:
        reached.append("ptrace")
    for call in (os.setpriority, os.sched_setaffinity):
        if not refused(call, *((0, pid, 19) if call is os.setpriority else (pid, {0}))):
            reached.append(call.__name__)
    if not refused(os.open, f"/proc/{pid}/comm", os.O_WRONLY) or not refused(os.open, f"/proc/{pid}/oom_score_adj", os.O_WRONLY):
        reached.append("written")
    return reached
"""
    look = case("found = testers()", "self.assertEqual(len(found), 1)", "self.assertEqual(reach(found[0]), [])")
    assert judged(isolated, program, look) == (Outcome.PASSED, "")
