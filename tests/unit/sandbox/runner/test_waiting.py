"""What waits for what cannot come ends long before its wall limit; what still can wake goes on."""

import pytest
from test_watch import ran

STUCK = {
    "sleeps beyond the limit": "time.sleep(10**6)",
    "a lock that it holds": "lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "a lock, with a time beyond the limit": "lock = threading.Lock(); lock.acquire(); lock.acquire(timeout=10**5)",
    "an event": "threading.Event().wait()",
    "an empty queue": "queue.Queue().get()",
    "a pipe that nobody fills": "os.read(os.pipe()[0], 1)",
    "a thread that waits": "t = threading.Thread(target=queue.Queue().get, daemon=True); t.start(); t.join()",
    "two threads that hold what the other wants": """a, b, c = threading.Lock(), threading.Lock(), threading.Barrier(2)
    def take(x, y):
        with x:
            c.wait()
            with y: pass
    ts = [threading.Thread(target=take, args=xy) for xy in ((a, b), (b, a))]
    for t in ts: t.start()
    for t in ts: t.join()""",
    "a child that waits": """pid = os.fork()
    if pid == 0: time.sleep(10**6)
    os.waitpid(pid, 0)""",
    "an orphan is left": """if os.fork() == 0: time.sleep(10**6)
    time.sleep(10**6)""",
    "a signal": "signal.pause()",
    "a loop of asyncio": "asyncio.run(asyncio.Event().wait())",
    "select without end": "select.select([os.pipe()[0]], [], [])",
    "poll without end": "p = select.poll(); p.register(os.pipe()[0]); p.poll()",
    "a timer that was set back": "signal.setitimer(signal.ITIMER_PROF, 50); time.sleep(10**6)",
}
AWAKE = {
    "sleeps a moment": "time.sleep(0.05)",
    "sleeps often": "for _ in range(20): time.sleep(0.005)",
    "a lock with a time limit": "lock = threading.Lock(); lock.acquire(); assert not lock.acquire(timeout=0.05)",
    "an event that a sleeping thread sets": """e = threading.Event()
    threading.Timer(0.05, e.set).start()
    e.wait()""",
    "a child that ends later": "os.waitpid(os.fork() or (time.sleep(0.05), os._exit(0)), 0)",
    "an alarm": """signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    signal.pause()""",
    "a stopped child that a thread lets go on": """pid = os.fork() or os._exit(time.sleep(0.02) or 0)
    os.kill(pid, signal.SIGSTOP)
    threading.Timer(0.05, os.kill, (pid, signal.SIGCONT)).start()
    os.waitpid(pid, 0)""",
    "select with a time limit": "select.select([os.pipe()[0]], [], [], 0.05)",
    "a pipe that a child fills": """a, b = os.pipe()
    if os.fork() == 0: time.sleep(0.05); os.write(b, b'x'); os._exit(0)
    os.read(a, 1)""",
    "a child whose main thread has ended": """a, b = os.pipe()
    if os.fork() == 0:
        threading.Thread(target=lambda: (time.sleep(0.05), os.write(b, b'x'), os._exit(0))).start()
        ctypes.CDLL(None).pthread_exit(0)
    os.read(a, 1)""",
    "a server that is called": """s = socket.create_server(('127.0.0.1', 0))
    threading.Timer(0.05, lambda: socket.create_connection(s.getsockname()).close()).start()
    s.accept()""",
    "a timer of the kernel": """libc, t = ctypes.CDLL(None), ctypes.c_void_p()
    signal.signal(signal.SIGALRM, lambda *_: None)
    assert libc.timer_create(1, None, ctypes.byref(t)) == 0
    assert libc.timer_settime(t, 0, (ctypes.c_long * 4)(0, 0, 0, 50_000_000), None) == 0
    signal.pause()""",
    "a descriptor that is a timer": """fd = ctypes.CDLL(None).timerfd_create(1, 0)
    ctypes.CDLL(None).timerfd_settime(fd, 0, (ctypes.c_long * 4)(0, 0, 0, 50_000_000), None)
    os.read(fd, 8)""",
}
IMPORTS = "import asyncio, ctypes, queue, select, signal, socket, threading\n"
TIMERS = "from coderm.sandbox.runner.confinement.waiting import mark_timers\nmark_timers()\n"


def ends(tmp_path, deeds):
    """Tell how a watched process ends that does one of these and then reports, by its name."""
    works = "".join(
        f"def work(r):\n    {deed}\n    r.send(PASS)\nshow(watcher(wall_s=40.0).session(work, 0, 1))\n" for deed in deeds.values()
    )
    return dict(zip(deeds, ran(tmp_path, IMPORTS + TIMERS + works).splitlines(), strict=True))


def test_what_nothing_can_wake_ends_long_before_its_wall_limit(tmp_path):
    assert ends(tmp_path, STUCK) == dict.fromkeys(STUCK, "0 STUCK True")


def test_what_still_wakes_goes_on(tmp_path):
    assert ends(tmp_path, AWAKE) == dict.fromkeys(AWAKE, "1 WHOLE True")


def test_the_wait_of_both_processes_is_one(tmp_path):
    body = """
def ask(r):
    os.write(LINK_FD, b"?")
    os.read(LINK_FD, 1)
    r.send(PASS)
def answer():
    os.read(LINK_FD, 1)
    time.sleep(SECONDS)
    os.write(LINK_FD, b"!")
show(watcher(wall_s=40.0).session(ask, 0, 1, second=SecondProcess(answer, 1)))
"""
    assert ran(tmp_path, body.replace("SECONDS", "0.05")) == "1 WHOLE True"
    assert ran(tmp_path, body.replace("SECONDS", "10**6")) == "0 STUCK True"


@pytest.mark.parametrize("seconds", [0.3, 10**6])
def test_a_wait_counts_from_the_test_and_not_from_the_session(tmp_path, seconds):
    body = f"def work(r):\n    for t in (0.01, 0.01, 0.01, {seconds}):\n        time.sleep(t); r.send(PASS)\n"
    told = ran(tmp_path, body + "show(watcher(wall_s=40.0).session(work, 0, 4))")
    assert told == ("4 WHOLE True" if seconds < 1 else "3 STUCK True")
