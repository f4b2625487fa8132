"""A head that goes away is told of once it was missed twice; one that is there, or was only missed once, is not."""

import socket

from cluster.head import LOOK_S, HeadWatch


def test_a_head_that_does_not_answer_is_named_with_what_to_do():
    now = [0.0]
    with socket.create_server(("127.0.0.1", 0)) as head:
        port = head.getsockname()[1]
        watch = HeadWatch(f"127.0.0.1:{port}", lambda: now[0])
        for _ in range(3):
            now[0] += LOOK_S
            assert watch.notes() == ()
        assert watch.remedy("resume") == "resume"
    now[0] += LOOK_S
    assert watch.notes() == (), "one look may fail"
    assert watch.notes() == (), "it is not yet time for another"
    now[0] += LOOK_S
    (note,) = watch.notes()
    assert f"127.0.0.1:{port}" in note
    assert "`ray start --head`" in note
    assert watch.remedy("resume").endswith("start it again with `ray start --head`, then resume")


def test_a_head_that_comes_back_in_between_is_not_told_of():
    now = [0.0]
    with socket.create_server(("127.0.0.1", 0)) as head:
        port = head.getsockname()[1]
    watch = HeadWatch(f"127.0.0.1:{port}", lambda: now[0])
    now[0] += LOOK_S
    assert watch.notes() == ()
    with socket.create_server(("127.0.0.1", port)):
        now[0] += LOOK_S
        assert watch.notes() == ()
    now[0] += LOOK_S
    assert watch.notes() == ()
