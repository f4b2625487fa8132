"""The protocol's pieces without a box: codes, frames, reports, demultiplexing, labels."""

import contextlib
import os
import struct
import time
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderm.errors import SandboxLost
from coderm.messages.execution import GRADINGS, Limits, Outcome
from coderm.sandbox.containers.engine import LABEL_EXPIRES, LABEL_OWNER, owner_label
from coderm.sandbox.containers.sweep import reason_to_remove
from coderm.sandbox.runner import constants
from coderm.sandbox.runner.confinement.limits import PairLimits
from coderm.sandbox.runner.confinement.reports import Report, Reporter, Reports
from coderm.sandbox.runner.transport.frames import FrameError, body_length, decode, encode, read_frame, write_frame
from coderm.sandbox.wire.channel import Channel, Demultiplexer, Plain

NONCE = b"n" * 16


def test_codes_on_the_wire_are_the_outcomes():
    assert {name: value for name, value in vars(constants).items() if name in Outcome.__members__} == dict(Outcome.__members__)
    assert GRADINGS[constants.SHARED] == "shared"


def test_limits_cross_the_wire_unchanged():
    limits = Limits(cpu_s=0.5, memory_mb=100)
    assert asdict(PairLimits.from_wire(asdict(limits))) == asdict(limits)


@given(st.text(st.characters(codec=None)))
def test_a_frame_carries_any_text(text):
    # two surrogates that form a pair become the character they stand for
    expected = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    assert decode(encode({"text": text})[4:]) == {"text": expected}


@given(st.binary(max_size=64))
def test_random_bytes_are_a_frame_error_or_a_message(data):
    with contextlib.suppress(FrameError):
        assert isinstance(decode(data), dict)


def test_frames_that_are_too_long_or_cut_are_refused():
    with pytest.raises(FrameError):
        body_length(struct.pack(">I", 2**32 - 1))
    read, write = os.pipe()
    os.write(write, encode({"a": 1})[:-1])
    os.close(write)
    with pytest.raises(FrameError):
        read_frame(read)
    os.close(read)


def test_frames_pass_through_a_pipe():
    read, write = os.pipe()
    write_frame(write, {"a": "\ud800"})
    os.close(write)
    assert read_frame(read) == {"a": "\ud800"}
    assert read_frame(read) is None
    os.close(read)


def sent(*reports):
    read, write = os.pipe()
    reporter = Reporter(write, NONCE)
    reporter.entered()
    for report in reports:
        reporter.send(report)
    os.close(write)
    data = os.read(read, 1 << 16)
    os.close(read)
    return data


def received(data, tests=1, nonce=NONCE, step=1 << 16):
    reports = Reports(nonce, tests)
    for start in range(0, len(data), step):
        reports.feed(data[start : start + step])
    return reports


def test_a_report_comes_back_bounded():
    data = sent(Report(constants.FAILED, 3, 2, 1, "\ud800" * 5000))
    assert len(data) <= 4096
    reports = received(data)
    assert (reports.entered, reports.genuine) == (True, True)
    (report,) = reports.accepted
    assert (report.outcome, report.planned, report.started, report.succeeded) == (constants.FAILED, 3, 2, 1)


@given(st.integers(1, 60))
def test_many_reports_come_back_in_order_however_they_arrive(step):
    reports = received(sent(*(Report(constants.FAILED, detail="x" * length) for length in range(5))), 5, step=step)
    assert [report.detail for report in reports.accepted] == ["", "x", "xx", "xxx", "xxxx"]
    assert reports.genuine
    assert [report.clock_s for report in reports.accepted] == sorted(report.clock_s for report in reports.accepted)


@given(st.binary(max_size=100))
def test_anything_but_reports_in_order_is_not_genuine(noise):
    data = sent(Report(constants.PASSED, 1, 1, 1))
    if noise:
        assert not received(data + noise).genuine
        assert not received(NONCE + noise).genuine
        assert received(NONCE + noise).accepted == []
    assert received(data, nonce=b"m" * 16).accepted == []
    assert not received(data + data[len(NONCE) :], 2).genuine
    assert not received(sent(Report(constants.PASSED), Report(constants.PASSED)), 1).genuine
    assert (received(b"").entered, received(b"").genuine) == (False, True)


def test_nothing_after_a_wrong_frame_is_believed():
    good, noise = sent(Report(constants.PASSED, 1, 1, 1), Report(constants.PASSED, 1, 1, 1)), b"x" * 100
    half = len(NONCE) + (len(good) - len(NONCE)) // 2
    reports = received(good[:half] + noise + good[half:], 2)
    assert len(reports.accepted) == 1
    assert not reports.genuine


@given(st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=40))), st.integers(1, 9))
def test_demultiplexing_does_not_depend_on_how_bytes_arrive(parts, step):
    raw = b"".join(struct.pack(">BxxxI", stream, len(payload)) + payload for stream, payload in parts)
    decoder = Demultiplexer()
    out = b"".join(decoder.feed(raw[i : i + step]) for i in range(0, len(raw), step))
    assert out == b"".join(payload for stream, payload in parts if stream == 1)


def test_a_silent_a_dead_and_a_babbling_box_are_lost():
    read, write = os.pipe()
    channel = Channel(read, write, Plain(), "x")
    with pytest.raises(SandboxLost, match="silent"):
        channel.receive(0.01)
    os.write(write, b"\xff" * 16)
    with pytest.raises(SandboxLost, match="protocol"):
        channel.receive(1.0)
    os.close(write)
    with pytest.raises(SandboxLost, match="ended"):
        Channel(read, read, Plain(), "x").receive(1.0)
    os.close(read)


def test_a_container_is_removed_when_expired_or_orphaned_only():
    now = time.time()
    fine = {LABEL_OWNER: owner_label(), LABEL_EXPIRES: str(now + 10)}
    assert reason_to_remove(fine, now) is None
    assert reason_to_remove(fine, now + 20) == "expired"
    assert reason_to_remove({LABEL_OWNER: owner_label()}, now) == "expired"
    assert reason_to_remove(fine | {LABEL_OWNER: owner_label() + "0"}, now) == "owner dead"
    assert reason_to_remove(fine | {LABEL_OWNER: "elsewhere:1:1"}, now) is None
    assert reason_to_remove(fine | {LABEL_OWNER: "nonsense"}, now) is None
