"""Unit tests run where ray, docker and vllm cannot be imported; other folders' tests in the same process are left alone."""

import builtins
import threading

import pytest
from builders import FORBIDDEN


@pytest.fixture(autouse=True)
def no_heavy_imports(monkeypatch):
    """Refuse the import statement itself, since another folder's tests may have loaded the module already.

    Only in the main thread: Ray's own threads may be alive when integration tests ran before.
    """
    real = builtins.__import__

    def guarded(name, globals=None, locals=None, fromlist=(), level=0):
        root = name.partition(".")[0]
        asking = str((globals or {}).get("__name__", "")).partition(".")[0]
        if level == 0 and root in FORBIDDEN - {asking} and threading.current_thread() is threading.main_thread():
            raise ImportError(f"{name} is imported in a unit test, by {asking}")
        return real(name, globals, locals, fromlist, level)

    monkeypatch.setattr(builtins, "__import__", guarded)
