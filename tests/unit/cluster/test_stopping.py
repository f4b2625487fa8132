"""The first Ctrl-C asks, the next is handled as ever."""

import os
import signal
import threading

from cluster.stopping import first_interrupt


def press():
    os.kill(os.getpid(), signal.SIGINT)


def test_the_first_is_noted_and_told_and_the_second_is_the_usual_one(capsys):
    heard = []
    before = signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    try:
        with first_interrupt() as asked:
            assert not asked()
            press()
            assert asked()
            assert heard == []
            press()
            assert heard == [signal.SIGINT]
        press()
        assert len(heard) == 2
    finally:
        signal.signal(signal.SIGINT, before)
    assert capsys.readouterr().err == "coderm: finishing what is under way; Ctrl-C again stops now\n"


def test_what_the_second_put_in_place_stays():
    before = signal.signal(signal.SIGINT, lambda number, frame: signal.signal(signal.SIGINT, signal.SIG_IGN))
    try:
        with first_interrupt():
            press()
            press()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_another_thread_hears_none():
    found = []

    def body():
        with first_interrupt() as asked:
            found.append(asked())

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    assert found == [False]
