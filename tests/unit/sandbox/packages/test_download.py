"""Wheels are fetched and pinned for a Python that need not be this one; what pip cannot do is one line with the remedy."""

import pytest
from wheels import make_wheel, only_these

from coderm.config.packages import wanted_packages
from coderm.errors import EngineError
from coderm.sandbox.packages.download import Target, download, explain_failure, unpack
from coderm.sandbox.packages.lock import Lock

pytestmark = pytest.mark.slow
TARGET = Target("3.12", "x86_64", 28)


def fetched(tmp_path, *packages):
    return download(wanted_packages(packages, ""), TARGET, tmp_path / "wheels")


def test_packages_are_pinned_with_what_they_need(tmp_path, monkeypatch):
    make_wheel(tmp_path, "leaf", "2.1")
    make_wheel(tmp_path, "tree", requires="leaf>=2")
    only_these(monkeypatch, tmp_path)
    lock = fetched(tmp_path, "tree")
    assert lock.versions == {"leaf": "2.1", "tree": "1.0"}
    assert Lock.parse(lock.text) == lock == Lock(wanted_packages(lock.lines, ""))
    unpack(tmp_path / "wheels", TARGET, tmp_path / "site")
    assert (tmp_path / "site" / "leaf.py").read_text() == "ANSWER = 42\n"


def test_what_only_the_other_python_needs_is_fetched_too(tmp_path, monkeypatch):
    """pip reads markers as of the Python it runs under, which is none of these."""
    make_wheel(tmp_path, "leaf", "2.1")
    make_wheel(tmp_path, "tree", requires="leaf>=2; python_version == '3.99'")
    only_these(monkeypatch, tmp_path)
    for python, names in (("3.99", {"leaf", "tree"}), ("3.98", {"tree"})):
        lock = download(wanted_packages(("tree",), ""), Target(python, "x86_64", 28), tmp_path / python)
        assert set(lock.versions) == names


def test_the_same_wheels_have_the_same_digest_and_others_another(tmp_path, monkeypatch):
    digests = []
    for number, text in enumerate(("A = 1\n", "A = 1\n", "A = 2\n")):
        directory = tmp_path / str(number)
        directory.mkdir()
        make_wheel(directory, "leaf", text=text)
        only_these(monkeypatch, directory)
        digests.append(fetched(directory, "leaf").digest)
    assert digests[0] == digests[1] != digests[2]
    assert Lock().digest == ""


def test_a_lock_is_fetched_again_to_the_letter(tmp_path, monkeypatch):
    make_wheel(tmp_path, "leaf")
    only_these(monkeypatch, tmp_path)
    lock = fetched(tmp_path, "leaf")
    make_wheel(tmp_path, "leaf", text="changed = True\n")
    with pytest.raises(EngineError, match="not the one that the lock names"):
        download(lock.packages, TARGET, tmp_path / "again")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (("nosuch",), "nosuch: the index has no such package, or no wheel of it for Python 3.12 on x86_64"),
        (("leaf>9",), r"leaf>9: no such version has a wheel .*there are 1\.0, 2\.0"),
        (("tree", "leaf>1"), "the packages conflict .*leaf.*loosen"),
    ],
)
def test_what_cannot_be_had_is_named(tmp_path, monkeypatch, wanted, words):
    for version in ("1.0", "2.0"):
        make_wheel(tmp_path, "leaf", version)
    make_wheel(tmp_path, "tree", requires="leaf<2")
    only_these(monkeypatch, tmp_path)
    with pytest.raises(EngineError, match=words):
        fetched(tmp_path, *wanted)


def test_source_distributions_are_never_run(tmp_path, monkeypatch):
    (tmp_path / "setup.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    import tarfile

    with tarfile.open(tmp_path / "trap-1.0.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "setup.py", "trap-1.0/setup.py")
    only_these(monkeypatch, tmp_path)
    with pytest.raises(EngineError, match="no wheel of it"):
        fetched(tmp_path, "trap")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("/usr/bin/python3: No module named pip", "python -m ensurepip"),
        (
            "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError'",
            "no package index answers",
        ),
        ("ERROR: something else\n", r"pip failed \(ERROR: something else\)"),
        ("", "it said nothing"),
    ],
)
def test_other_failures_have_a_line_too(output, words):
    import re

    assert re.search(words, explain_failure(output, TARGET))
