"""Parts a block that was lost again and again, so that a pair that ends its worker takes no other pair's verdict with it.

A block that is lost twice is halved, and a half that is lost once more is halved again: first its programs, then the tests of the
one that is left. The guilty pair ends alone; all others are judged.
"""

from dataclasses import replace

from coderm.messages.cases import CaseBlock
from coderm.messages.events import Execute
from coderm.messages.execution import Block
from coderm.messages.hashing import content_hash
from coderm.scheduling.blocks import halved

LOSSES = 2
"""Losses after which a block is suspected; the first may be anybody's fault."""


def halves(command: Execute) -> tuple[Execute, ...]:
    """Return two commands for the pairs of one, or none when it is a single pair.

    Their ids follow from the one's, so that a resumed run finds their answers again.
    """
    return tuple(_part(command, high, wide) for high, wide in halved(len(command.rows), len(command.columns)))


def _part(command: Execute, high: slice, wide: slice) -> Execute:
    rows, columns = command.rows[high], command.columns[wide]
    name = content_hash(command.command_id, repr(rows), repr(columns))
    command_id = f"{command.task_id}|{command.kind}|{rows[0]},{columns[0]}|{name}"
    return replace(command, command_id=command_id, rows=rows, columns=columns, block=_cut(command.block, command_id, high, wide))


def _cut(block: Block | CaseBlock, block_id: str, high: slice, wide: slice) -> Block | CaseBlock:
    programs = block.programs[high]
    if isinstance(block, CaseBlock):
        return replace(block, block_id=block_id, programs=programs, cases=block.cases[wide])
    return replace(block, block_id=block_id, programs=programs, tests=block.tests[wide])
