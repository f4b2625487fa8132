"""Makes wheels of one small module, so that packages can be installed without an index."""

import zipfile
from pathlib import Path


def make_wheel(directory: Path, name: str, version: str = "1.0", *, text: str = "ANSWER = 42\n", requires: str = "") -> Path:
    """Write `name`-`version` with the module `name` into a directory; the same arguments give the same bytes."""
    info = f"{name}-{version}.dist-info"
    needs = f"Requires-Dist: {requires}\n" if requires else ""
    files = {
        f"{name}.py": text,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    wheel = directory / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, content in (files | {f"{info}/RECORD": record}).items():
            archive.writestr(zipfile.ZipInfo(path), content)
    return wheel


def only_these(monkeypatch, directory: Path) -> None:
    """Make the wheels of a directory all that pip knows."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(directory))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
