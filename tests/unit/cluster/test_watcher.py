"""The watcher of a service's command says nothing and does nothing where the command ended in order."""

from cluster.service.watcher import Watcher


def test_a_farewell_ends_it_at_once_and_without_a_cluster():
    watcher = Watcher("127.0.0.1:1", "coderm-nothing")
    watcher.close()
    assert watcher._process.returncode == 0
