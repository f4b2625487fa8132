"""What sandbox.packages and a requirements file may say reaches pip; all else is refused with its place and the remedy."""

import pytest
from pydantic import ValidationError

from coderm.config.package_presets import PRESETS
from coderm.config.packages import parse_package, read_requirements, wanted_packages
from coderm.config.schema import SandboxConfig
from coderm.errors import DataError

DIGEST = "ab" * 32


@pytest.mark.parametrize(
    ("text", "name", "normal"),
    [
        ("pandas", "pandas", "pandas"),
        ("  Sorted_Containers >= 2.4 ", "sorted-containers", "sorted-containers>=2.4"),
        ("uvicorn[standard]<1,>0.5", "uvicorn", "uvicorn[standard]<1,>0.5"),
        ("tomli; python_version < '3.11'", "tomli", 'tomli; python_version < "3.11"'),
    ],
)
def test_one_entry_is_a_requirement_in_a_normal_form(text, name, normal):
    (package,) = parse_package(text)
    assert (package.name, package.text, package.line) == (name, normal, normal)


def test_a_digest_of_the_wheel_may_follow():
    (package,) = parse_package(f"pandas==2.2.3 --hash=sha256:{DIGEST}")
    assert package.digests == (DIGEST,)
    assert package.line == f"pandas==2.2.3 --hash=sha256:{DIGEST}"


def test_a_preset_stands_for_its_packages():
    assert {package.text for package in parse_package("judge")} >= {"numpy", "sortedcontainers", "networkx"}
    assert [package.text for package in parse_package("bigcodebench>=0.2")] == ["bigcodebench>=0.2"]  # the distribution


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_preset_parses_and_names_each_once(preset):
    packages = wanted_packages((preset,), "")
    assert len(packages) == len(PRESETS[preset])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no name of a package"),
        ("a b", "no name of a package"),
        ("../mine", "no name of a package"),
        ("pandas;rm /", "no name of a package"),
        ("pandas @ https://example.org/pandas.whl", "addresses and paths"),
        ("pandas @ file:///etc", "addresses and paths"),
        ("-r other.txt", "options are not allowed"),
        ("--index-url https://example.org pandas", "options are not allowed"),
        ("pandas --index-url https://example.org", "options are not allowed"),
        ("pandas --hash=md5:00", "options are not allowed"),
        (f"pandas==1 --hash=sha256:{DIGEST} --no-deps", "options are not allowed"),
        ("pandas\n--index-url https://example.org", "options are not allowed"),
    ],
)
def test_nothing_but_names_and_versions_is_let_through(text, words):
    with pytest.raises(ValidationError, match=words):
        SandboxConfig(packages=(text,))


def test_a_requirements_file_is_read_with_comments_and_continued_lines(tmp_path):
    file = tmp_path / "r.txt"
    file.write_text(f"# ours\npandas==2.2.3 \\\n    --hash=sha256:{DIGEST}  # pinned\n\nsix==1.16 --hash=sha256:{DIGEST}\n")
    assert [package.name for package in read_requirements(file)] == ["pandas", "six"]


def test_a_bad_line_of_the_file_is_named_by_number(tmp_path):
    file = tmp_path / "r.txt"
    file.write_text("pandas\n-r more.txt\n")
    with pytest.raises(DataError, match=r"r\.txt:2: '-r more.txt': options are not allowed"):
        read_requirements(file)


def test_a_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(DataError, match=r"none\.txt: cannot be read .*check sandbox\.requirements"):
        wanted_packages((), str(tmp_path / "none.txt"))


def test_setting_and_file_are_taken_together_each_package_once(tmp_path):
    file = tmp_path / "r.txt"
    file.write_text("six\nPandas\n")
    assert [package.text for package in wanted_packages(("pandas", "attrs"), str(file))] == ["attrs", "pandas", "six"]


def test_digests_are_given_for_all_or_for_none():
    with pytest.raises(DataError, match="six has no --hash"):
        wanted_packages((f"pandas==1 --hash=sha256:{DIGEST}", "six"), "")


@pytest.mark.parametrize("python", ["3.9", "2.7", "3", "3.12.1", "latest"])
def test_a_python_is_named_by_two_numbers_of_one_that_the_runner_knows(python):
    with pytest.raises(ValidationError):
        SandboxConfig(python=python)
