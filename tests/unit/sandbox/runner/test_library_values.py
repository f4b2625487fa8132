"""Values of the library cross in both directions as what they are; a hostile node is such a value or malformed."""

import copy
import math
import re
import types
import unittest
import uuid

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from talking import assert_passes

from coderm.sandbox.runner.codec.kinds import KINDS
from coderm.sandbox.runner.codec.library import ENTRIES
from coderm.sandbox.runner.codec.nodes import ObjectCodec
from coderm.sandbox.runner.codec.reader import Reader
from coderm.sandbox.runner.codec.references import NAMED, name_for_candidate, name_for_tester, named_for_tester
from coderm.sandbox.runner.transport.json_text import Malformed

IMPORTS = (
    "import argparse, array, collections, datetime, decimal, difflib, functools, http, ipaddress, itertools, math, operator, os, "
    "pathlib, random, re, statistics, string, time, types, urllib.parse, uuid, zoneinfo\nimport numpy as np\n"
)
EQUAL = (
    "uuid.UUID(int=7)",
    "uuid.SafeUUID.unsafe",
    "types.SimpleNamespace(a=1, b=[types.SimpleNamespace(c=2)])",
    "argparse.Namespace(verbose=True, names=['x'])",
    "pathlib.PurePosixPath('a/b.txt')",
    "pathlib.PureWindowsPath('C:/x')",
    "pathlib.Path('a/../b')",
    "collections.UserDict(a=[1])",
    "collections.UserList([1, [2]])",
    "collections.UserString('ab')",
    "collections.ChainMap({'a': 1}, {'b': 2})",
    "ipaddress.ip_address('10.0.0.1')",
    "ipaddress.ip_address('fe80::1%eth0')",
    "ipaddress.ip_network('10.0.0.0/8')",
    "ipaddress.ip_network('2001:db8::/32')",
    "ipaddress.ip_interface('10.1.2.3/24')",
    "array.array('d', [0.5, 1.5])",
    "array.array('i')",
    "statistics.NormalDist(3, 0.5)",
    "types.MappingProxyType({'k': [1]})",
    "memoryview(b'ab')",
    "memoryview(bytearray(b'ab'))",
    "re.compile(r'a(?P<x>b+)', re.IGNORECASE | re.MULTILINE)",
    "re.compile(rb'a')",
    "zoneinfo.ZoneInfo('Europe/Berlin')",
    "datetime.datetime(2024, 7, 1, 14, tzinfo=zoneinfo.ZoneInfo('Europe/Berlin'))",
    "datetime.datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=datetime.timezone(datetime.timedelta(hours=2), 'CEST'))",
    "datetime.time(1, 2, tzinfo=datetime.timezone.utc)",
    "datetime.timezone(datetime.timedelta(hours=-3), 'BRT')",
    "http.HTTPStatus.NOT_FOUND",
    "re.I | re.S",
    "urllib.parse.urlparse('http://u:p@h:80/p;x?q=1#f')",
    "urllib.parse.urlsplit(b'http://h/p')",
    "[uuid.UUID(int=1)] * 2",
    "{ipaddress.ip_address('::1'): {pathlib.PurePath('x')}}",
    "int",
    "type(None)",
    "max",
    "math.gcd",
    "operator.add",
    "collections.OrderedDict",
    "uuid.UUID",
    "np.float64",
    "np.ndarray",
    "pathlib.Path",
)


@pytest.mark.parametrize("text", EQUAL)
def test_library_values_cross_as_what_they_are(text):
    program = IMPORTS + f"def make():\n    return {text}\ndef same(value):\n    return value\n"
    program += f"def told(value):\n    return repr(value) == repr({text}) and type(value) is type({text}) and value == {text}\n"
    lines = ("self.assertTrue(told(want))", "self.assertEqual(same(want), want)")
    compared = (
        "self.assertEqual(got, want)",
        "self.assertIs(type(got), type(want))",
        "if not isinstance(want, memoryview): self.assertEqual(repr(got), repr(want))",
    )
    told = lines if "memoryview" not in text else lines[1:]
    assert_passes(program, f"want = {text}", "got = make()", *compared, *told, top=IMPORTS)


@pytest.mark.parametrize(
    ("program", "lines"),
    [
        (
            "def f():\n    return collections.defaultdict(lambda: 7, a=1), collections.defaultdict(list)",
            ("d, e = f()", "self.assertEqual((d['a'], d['b'], e['c']), (1, 7, []))", "self.assertIs(e.default_factory, list)"),
        ),
        (
            "def f(d):\n    d['k'].append(1)\n    return d['n'] and None",
            ("d = collections.defaultdict(lambda: [0])", "f(d)", "self.assertEqual(d, {'k': [0, 1], 'n': [0]})"),
        ),
        (
            "def f(r):\n    return r.random()",
            ("r = random.Random(5)", "w = random.Random(5)", *["self.assertEqual(f(r), w.random())"] * 2),
        ),
        ("def f():\n    return random.Random(5)", ("r = f()", "w = random.Random(5)", "self.assertEqual(r.random(), w.random())")),
        (
            "def f(n):\n    n.a += 1\n    n.b = [2]",
            ("n = types.SimpleNamespace(a=1)", "f(n)", "self.assertEqual(n, types.SimpleNamespace(a=2, b=[2]))"),
        ),
        ("def f(a):\n    a.append(3)", ("a = array.array('i', [1])", "f(a)", "self.assertEqual(a.tolist(), [1, 3])")),
        (
            "def f(d):\n    d['k'] = 2",
            (
                "d = collections.UserDict()",
                "data = d.data",
                "f(d)",
                "self.assertEqual(data, {'k': 2})",
                "self.assertIs(d.data, data)",
            ),
        ),
        ("def f(d):\n    d['k'] = 2", ("m = {}", "f(collections.ChainMap(m))", "self.assertEqual(m, {'k': 2})")),
        ("def f(v):\n    v[0] = 9", ("b = bytearray(2)", "f(memoryview(b))", "self.assertEqual(b, b'\\x09\\x00')")),
        ("def f():\n    n = types.SimpleNamespace()\n    n.me = n\n    return n", ("n = f()", "self.assertIs(n.me, n)")),
        (
            "def f():\n    return re.match('a(b)?', 'xab'[1:])",
            (
                "m = f()",
                "self.assertIsInstance(m, re.Match)",
                "self.assertEqual((m.group(1), m.span(), m[0]), ('b', (0, 2), 'ab'))",
            ),
        ),
        (
            "def f():\n    return list(re.finditer('(?<=x)a|$', 'xaxa'))",
            ("self.assertEqual([m.span() for m in f()], [(1, 2), (3, 4), (4, 4)])",),
        ),
        ("def f(m):\n    return m.group('n')", ("self.assertEqual(f(re.search('(?P<n>[0-9]+)', 'a12')), '12')",)),
        (
            "def f(kind, text):\n    return kind(text)",
            (
                "self.assertEqual(f(uuid.UUID, 32 * '1').hex, 32 * '1')",
                "self.assertEqual(f(np.float32, 1.5), 1.5)",
                "self.assertEqual(f(statistics.mean, [1, 3]), 2)",
            ),
        ),
        (
            "def f(call):\n    return call([3, 1, 2])",
            (
                "self.assertEqual(f(operator.itemgetter(1)), 1)",
                "self.assertEqual(f(functools.partial(sorted, reverse=True)), [3, 2, 1])",
                "self.assertEqual(f(np.array).sum(), 6)",
            ),
        ),
        (
            "def f(make):\n    return make(2)",
            ("self.assertEqual(f(types.SimpleNamespace)  if False else f(math.sqrt), math.sqrt(2))",),
        ),
        ("def f(s):\n    return s == 404 and s.phrase", ("self.assertEqual(f(http.HTTPStatus.NOT_FOUND), 'Not Found')",)),
    ],
)
def test_a_value_of_the_library_is_used_and_changed_as_in_one_process(program, lines):
    assert_passes(IMPORTS + program + "\n", *lines, top=IMPORTS)


EXCEPTIONS = (
    ("np.linalg.inv(np.zeros((2, 2)))", "np.linalg.LinAlgError", "str(e) == 'Singular matrix'"),
    ("json.loads('{')", "json.JSONDecodeError", "(e.pos, e.lineno, e.doc) == (1, 1, '{')"),
    ("sqlite3.connect(':memory:').execute('nonsense')", "sqlite3.OperationalError", "'syntax' in str(e)"),
    ("make_twice()", "sqlite3.IntegrityError", "e.sqlite_errorname.startswith('SQLITE_CONSTRAINT')"),
    ("list(csv.reader(['\"a'], strict=True))", "csv.Error", "len(e.args) == 1"),
    ("configparser.ConfigParser().get('s', 'o')", "configparser.NoSectionError", "e.section == 's'"),
    ("decimal.Decimal('x')", "decimal.InvalidOperation", "isinstance(e, ArithmeticError)"),
    ("struct.unpack('I', b'')", "struct.error", "len(e.args) == 1"),
    ("binascii.unhexlify('x')", "binascii.Error", "isinstance(e, ValueError)"),
    ("queue.Queue().get_nowait()", "queue.Empty", "e.args == ()"),
    ("zipfile.ZipFile(io.BytesIO(b'x'))", "zipfile.BadZipFile", "len(e.args) == 1"),
    ("re.compile('(')", "re.error", "(e.pos, e.pattern) == (0, '(')"),
    ("ipaddress.ip_address('x')", "ValueError", "'x' in str(e)"),
    ("ipaddress.IPv4Address('x')", "ipaddress.AddressValueError", "'x' in str(e)"),
    ("raise_(subprocess_error())", "subprocess.CalledProcessError", "(e.returncode, e.cmd, e.stdout) == (3, ['x'], b'out')"),
    ("raise_(http.client.IncompleteRead(b'ab'))", "http.client.IncompleteRead", "e.partial == b'ab'"),
    ("zoneinfo.ZoneInfo('No/Where')", "zoneinfo.ZoneInfoNotFoundError", "isinstance(e, KeyError)"),
    ("b'\\xff'.decode()", "UnicodeDecodeError", "(e.start, e.object, e.reason) == (0, b'\\xff', 'invalid start byte')"),
    ("compile('1 +', 'x', 'eval')", "SyntaxError", "(e.lineno, e.text) == (1, '1 +')"),
    ("open('/no/such')", "FileNotFoundError", "(e.errno, e.filename) == (2, '/no/such')"),
    ("raise_(asyncio.InvalidStateError('x'))", "asyncio.InvalidStateError", "str(e) == 'x'"),
    ("raise_(ExceptionGroup('g', [ValueError(1)]))", "ExceptionGroup", "e.exceptions[0].args == (1,)"),
)
RAISING = (
    "import asyncio, binascii, configparser, csv, decimal, http.client, io, ipaddress, json, queue, re, sqlite3, struct\n"
    "import subprocess, zipfile, zoneinfo\nimport numpy as np\n"
)


@pytest.mark.parametrize(("call", "kind", "check"), EXCEPTIONS)
def test_exceptions_of_the_library_are_caught_as_what_they_are(call, kind, check):
    program = RAISING + (
        "def raise_(error):\n    raise error\ndef subprocess_error():\n    return subprocess.CalledProcessError(3, ['x'], b'out')\n"
        "def make_twice():\n    db = sqlite3.connect(':memory:')\n    db.execute('create table t (a primary key)')\n"
        "    db.execute('insert into t values (1)')\n    db.execute('insert into t values (1)')\n"
        f"def f():\n    {call}\n"
        f"def g(h):\n    try:\n        h()\n    except Exception as e:\n        return type(e).__name__, {check}\n"
    )
    name = kind.rpartition(".")[2]
    lines = (f"with self.assertRaises({kind}) as c:", "    f()", "e = c.exception", f"self.assertTrue({check})")
    back = ("def h():", "    raise e", f"self.assertEqual(g(h), ({name!r}, {check}))")
    assert_passes(program, *lines, *back, top=RAISING)


def test_library_classes_among_the_program_s_names_make_library_values():
    program = "from pathlib import Path\nfrom uuid import UUID\ndef f():\n    return Path('a'), UUID(int=1)\n"
    assert_passes(program, "self.assertEqual(f(), (Path('a'), UUID(int=1)))")


def test_a_class_of_exceptions_unknown_to_the_tester_is_the_builtin_it_derives_from():
    assert_passes("import tomllib\ndef f():\n    tomllib.loads('=')\n", "self.assertRaises(ValueError, f)")


PARTS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers(0, 3), max_size=1)
NAMES = sorted(
    {f"{kind.__module__}.{kind.__qualname__}" for kind in ENTRIES} | {"numpy.dtype", "numpy.random._generator.Generator"}
)


@given(st.sampled_from(["lv", "lm"]), st.sampled_from(NAMES), st.lists(PARTS, max_size=4) | PARTS)
def test_any_node_of_a_library_value_is_such_a_value_or_malformed(tag, name, parts):
    try:
        reader = Reader([["l", []], ["b", "ab"], ["t", [1, 2]], ["d", []], [tag, name, parts]], ObjectCodec())
    except Malformed:
        return
    assert type(reader.objects[4]).__module__.partition(".")[0] == name.partition(".")[0]


KEY = ["b", "\0" * 4 * 624]


@pytest.mark.parametrize(
    "nodes",
    [
        [["lv", "os.system", ["true"]]],
        [["lv", "uuid.UUID", [1 << 128]]],
        [["lv", "uuid.UUID", ["x"]]],
        [["lv", ["uuid.UUID"], [1]]],
        [["lm", "uuid.UUID", [1]]],
        [["lv", "types.SimpleNamespace", []]],
        [["lm", "types.SimpleNamespace", [1, 2]]],
        [["lm", "types.SimpleNamespace", ["a"]]],
        [["lv", "zoneinfo.ZoneInfo", ["../../etc/passwd"]]],
        [["lv", "zoneinfo.ZoneInfo", ["/etc/passwd"]]],
        [["lv", "zoneinfo.ZoneInfo", ["Europe"]]],
        [["lv", "re.Pattern", ["(", 0]]],
        [["lv", "re.Pattern", ["(" * 100_000, 0]]],
        [["lv", "re.Pattern", ["a", 0]], ["t", [0, 9]], ["t", [[1]]], ["lv", "re.Match", [[0], "b", 0, 1, [2]]]],
        [["t", [0] * 624 + [10**6]], ["lm", "random.Random", [3, [0], None]]],
        [["t", [0] * 624 + [-1]], ["lm", "random.Random", [3, [0], None]]],
        [KEY, ["lm", "numpy.random.mtrand.RandomState", ["MT19937", [0], 625, 0, 0.0]]],
        [KEY, ["lm", "numpy.random.mtrand.RandomState", ["MT19937", [0], -1, 0, 0.0]]],
        [["lm", "numpy.random._generator.Generator", [1, 1 << 200, 0, 0]]],
        [["lv", "numpy.dtype", ["i8, (1000000000,)i8"]]],
        [["lv", "numpy.dtype", ["os.system"]]],
        [["b", "abc"], ["lm", "array.array", ["i", [0]]]],
        [["b", "abc"], ["lm", "array.array", ["zz", [0]]]],
        [["lm", "builtins.memoryview", [False, [1]]], ["l", []]],
        [["lv", "http.HTTPStatus", [99999]]],
        [["lv", "ipaddress.IPv4Network", ["10.0.0.1/8"]]],
        [["lv", "time.struct_time", [[1], [1]]], ["t", [1, 2]]],
        [["dt", [2020, 1, 1, 0, 0, 0, 0], ["UTC"], 0]],
        [["dt", [2020, 1, 1, 0, 0, 0, 0], [[1]], 0], ["l", []]],
        [["tz", 1 << 60]],
        [["tz", 0, "a", "b"]],
    ],
    ids=lambda nodes: str(nodes)[:60],
)
def test_a_hostile_node_of_a_library_value_is_malformed(nodes):
    with pytest.raises(Malformed):
        Reader(nodes, ObjectCodec())


def test_a_change_gives_no_value_the_content_of_another_kind():
    namespace, reader = types.SimpleNamespace(a=1), Reader([], ObjectCodec())
    for node in (["lm", "argparse.Namespace", ["a", 2]], ["lm", "random.Random", []], ["lv", "uuid.UUID", [1]], ["lm", "x", []]):
        with pytest.raises(Malformed):
            KINDS["lm"].put(namespace, node, reader)
    with pytest.raises(Malformed):
        KINDS["lm"].put(uuid.UUID(int=1), ["lv", "uuid.UUID", [2]], reader)
    assert namespace == types.SimpleNamespace(a=1)


def test_the_candidate_names_only_what_is_in_the_table():
    assert named_for_tester(["g", "builtins", "max"]) is max
    assert named_for_tester(["g", "numpy.linalg", "LinAlgError", "ValueError"]) is np.linalg.LinAlgError
    assert named_for_tester(["g", "nowhere", "Error", "OSError"]) is OSError
    named: tuple[str, ...] = (
        "builtins exec",
        "builtins eval",
        "builtins open",
        "builtins setattr",
        "builtins vars",
        "os system",
        "operator methodcaller",
    )
    named += (
        "operator setitem",
        "_operator iadd",
        "unittest.case _ShouldStop",
        "builtins SystemExit.x",
        "numpy save",
        "subprocess Popen",
    )
    for name in named:
        assert named_for_tester(["g", *name.split(), "SystemExit"]) is Exception
    assert named_for_tester(["g", ["os"], "system"]) is named_for_tester(["g", "os", 1, ["x"]]) is Exception
    assert not {"exec", "eval", "open", "compile", "__import__", "setattr", "delattr", "globals", "vars", "getattr"} & {
        key[1] for key in NAMED
    }


def test_names_are_of_the_library_alone():
    class Own:
        pass

    for value in (Own, lambda: 1, copy.copy(math.pi), "".join, [].append, unittest.TestCase, re):
        assert name_for_candidate(value) is None
        assert name_for_tester(value) is None
    assert name_for_candidate(str.upper) == ["g", "builtins", "str.upper"]
    assert name_for_candidate(np.mean) == ["g", "numpy", "mean"]
    assert name_for_tester(copy.copy) is None


def test_elements_of_xml_are_shared():
    program = (
        "import xml.etree.ElementTree as ET\nclass Feed:\n"
        "    def read(self, text):\n        self.root = ET.fromstring(text)\n        return self.root\n"
        "    def add(self, parent, tag): return ET.SubElement(parent, tag, {'k': 'v'})\n"
        "    def note(self, parent): parent.append(ET.Comment('seen'))\n"
        "    def tree(self): return ET.ElementTree(self.root)\n"
        "    def text(self, root): return ET.tostring(root, encoding='unicode')\n"
    )
    assert_passes(
        program,
        "f = Feed()",
        "r = f.read('<a k=\"1\"><b>t</b>u<c/></a>')",
        "self.assertEqual((r.tag, r.get('k'), [e.tag for e in r], r[0].tail), ('a', '1', ['b', 'c'], 'u'))",
        "self.assertIs(f.root, r)",
        "r[0].text = 'new'",
        "self.assertEqual(f.text(f.root), '<a k=\"1\"><b>new</b>u<c /></a>')",
        "made = f.add(r, 'd')",
        "self.assertIs(r[2], made)",
        "made.set('z', '2')",
        'self.assertIn(\'<d k="v" z="2" />\', f.text(r))',
        "r.remove(made)",
        "f.note(r)",
        "self.assertEqual(ET.tostring(r, encoding='unicode'), '<a k=\"1\"><b>new</b>u<c /><!--seen--></a>')",
        "self.assertEqual(f.tree().getroot().tag, 'a')",
        "own = ET.Element('own')",
        "self.assertIs(f.add(own, 'child'), own[0])",
        top="import xml.etree.ElementTree as ET\n",
    )
