"""What an observed pipeline did: runs, their steps, and the rows of an export. Without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from l1probe.records.rows import Value, rows, to_dataframe
from l1probe.records.step import Step

if TYPE_CHECKING:
    import pandas


@dataclass
class TracedRun:
    """One sampling loop.

    Attributes:
        axes: exported columns that are the same in all of its rows, by name; what a call does not
            say is left out and exported as empty. A step's own true_cfg_scale comes first.
        steps: one per evaluation, in order; fewer than planned if the call was interrupted.
    """

    axes: Mapping[str, Value]
    steps: list[Step] = field(default_factory=list, repr=False)


@dataclass(repr=False)
class Trace:
    """Everything that was observed inside one `with l1probe.observe(pipe)` block.

    Attributes:
        runs: one per sampling loop, in order. A call of the pipeline is usually one loop; FramePack
            runs one per section.
    """

    runs: list[TracedRun] = field(default_factory=list)

    def __repr__(self) -> str:
        """Short, since a notebook prints the last value of a cell."""
        return f"<Trace: {len(self.runs)} runs, {len(self.steps)} steps>"

    @property
    def steps(self) -> list[Step]:
        """The steps of all runs, in order; `step` counts from 0 in each run."""
        return [step for run in self.runs for step in run.steps]

    def to_dataframe(self) -> pandas.DataFrame:
        """One row per evaluation, with the columns of `l1probe export`.

        `cell_id` is `run-0` for the first run, `run-1` for the second, and so on.

        Raises:
            ImportError: pandas is not installed.
        """
        return to_dataframe(row for run in self.runs for row in rows(run.steps, run.axes))
