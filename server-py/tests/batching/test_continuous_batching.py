"""Batched cells equal single cells, and the requests alone determine the batches."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Hashable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field

import pytest
import torch
from greenlet import getcurrent
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from toy_forwards import Toy, expected, toy_forward

from l1probe.batching.batch import batch_key
from l1probe.batching.continuous_batching import BatchScheduler, FirstSteps
from l1probe.observe.forward import Answer, Forward

TOY = Toy()


@dataclass
class Counting:
    """An evaluator that runs each forward separately and records the batches."""

    batches: list[list[Forward]] = field(default_factory=list)
    near: Callable[[Forward], int] = lambda forward: 0
    fails: Callable[[Sequence[Forward]], Exception | None] = lambda forwards: None

    def length_key(self, forward: Forward) -> int:
        return self.near(forward)

    def evaluate(self, forwards: Sequence[Forward]) -> list[Answer]:
        if (error := self.fails(forwards)) is not None:
            raise error
        self.batches.append(list(forwards))
        rows = sum(forward.rows for forward in forwards)
        return [Answer((expected(forward),), rows) for forward in forwards]

    @property
    def sizes(self) -> list[int]:
        return [sum(forward.rows for forward in batch) for batch in self.batches]


@dataclass
class Cell:
    """A loop of `steps` forwards, each on the result of the one before."""

    steps: int
    rows: int = 1
    width: int = 2
    seed: int = 0
    module: nn.Module = TOY
    first: Hashable = None
    writes: bool = False
    answers: list[Answer] = field(default_factory=list)
    failure: Exception | None = None
    final: Tensor | None = None

    def start(self) -> Tensor:
        generator = torch.Generator().manual_seed(self.seed)
        return torch.randn(self.rows, self.width, generator=generator)

    def alone(self) -> Tensor:
        state = self.start()
        for step in range(self.steps):
            state = expected(self.ask(state, step)) / 4
        return state

    def ask(self, state: Tensor, step: int) -> Forward:
        return toy_forward(self.module, state, step, same_as=None if step else self.first)

    def work(self, scheduler: BatchScheduler) -> Callable[[], None]:
        def run() -> None:
            state = self.start()
            try:
                for step in range(self.steps):
                    answer = scheduler.answer(self.ask(state, step))
                    self.answers.append(answer)
                    state = answer.output[0] / 4
                    if self.writes:
                        answer.output[0].fill_(torch.nan)
            except Exception as error:
                self.failure = error
            else:
                self.final = state

        return run


def play(cells: Sequence[Cell], max_rows: int, evaluator: Counting) -> None:
    """Like a server: up to `max_rows` cells are open, and the next starts when one ends."""
    scheduler, queue = BatchScheduler(max_rows, evaluator), list(cells)
    while queue or scheduler.open:
        while queue and scheduler.open < max_rows:
            scheduler.enter(queue.pop(0).work(scheduler))
        scheduler.advance()


@st.composite
def any_cell(draw: st.DrawFn) -> Cell:
    rows, width, seed = (draw(st.integers(1, 2)), draw(st.integers(1, 2)), draw(st.integers(0, 3)))
    first = (rows, width, seed) if draw(st.booleans()) else None
    return Cell(draw(st.integers(0, 4)), rows, width, seed, first=first, writes=draw(st.booleans()))


cells_of_any_kind = st.lists(any_cell(), max_size=8)


@given(cells_of_any_kind, st.integers(1, 5))
def test_every_cell_gets_its_own_results_in_any_batch(cells, max_rows):
    evaluator = Counting()
    play(cells, max_rows, evaluator)
    for cell in cells:
        assert cell.failure is None
        assert cell.final is not None
        assert torch.equal(cell.final, cell.alone())
    requested = sum(not answer.shared for cell in cells for answer in cell.answers)
    assert sum(len(batch) for batch in evaluator.batches) == requested
    for batch, size in zip(evaluator.batches, evaluator.sizes, strict=True):
        # A forward of two samples stays whole even if the maximum is one.
        assert size <= max_rows or len(batch) == 1
        assert len({batch_key(forward) for forward in batch}) == 1


@given(cells_of_any_kind, st.integers(1, 5))
def test_equal_requests_make_equal_batches(cells, max_rows):
    seen = []
    for _ in range(2):
        evaluator = Counting()
        play(cells, max_rows, evaluator)
        seen.append([[f.inputs["hidden_states"].tolist() for f in b] for b in evaluator.batches])
    assert seen[0] == seen[1]


def test_a_finished_cell_is_replaced_in_the_next_batch():
    evaluator = Counting()
    play([Cell(steps, seed=k) for k, steps in enumerate((1, 5, 5, 5, 5))], 4, evaluator)
    assert evaluator.sizes == [4, 4, 4, 4, 4, 1]


def test_a_cell_that_ends_at_once_leaves_nothing_behind():
    scheduler = BatchScheduler(4, Counting())
    scheduler.enter(Cell(0).work(scheduler))
    assert scheduler.open == 0
    scheduler.advance()


def test_cells_of_two_shapes_or_two_modules_share_no_batch():
    evaluator, other = Counting(), Toy()
    play([Cell(2), Cell(2, width=3), Cell(2, module=other), Cell(2)], 8, evaluator)
    assert sorted(evaluator.sizes) == [1, 1, 1, 1, 2, 2]


def test_a_surplus_over_one_batch_runs_in_another_batch_of_the_same_turn():
    evaluator = Counting()
    play([Cell(2, rows=2, seed=k) for k in range(5)], 5, evaluator)
    assert evaluator.sizes == [4, 4, 2] * 2


def test_forwards_of_similar_length_share_a_batch():
    evaluator = Counting(near=lambda forward: int(forward.inputs["hidden_states"][0, 0] > 0))
    cells = [Cell(1, seed=k) for k in range(8)]
    scheduler = BatchScheduler(2, evaluator)
    for cell in cells:
        scheduler.enter(cell.work(scheduler))
    scheduler.advance()
    near = [[evaluator.near(forward) for forward in batch] for batch in evaluator.batches]
    assert sum(len(set(batch)) > 1 for batch in near) <= 1
    assert {0, 1} == {value for batch in near for value in batch}


def bad(forward: Forward) -> bool:
    return forward.inputs["hidden_states"].isnan().any().item() is True


@pytest.mark.parametrize("place", range(5))
def test_an_error_in_a_forward_fails_its_cell_only(place):
    def fails(forwards: Sequence[Forward]) -> Exception | None:
        return ValueError("a hole") if any(map(bad, forwards)) else None

    class Holed(Cell):
        def start(self) -> Tensor:
            return super().start() * torch.nan

    cells = [(Holed if k == place else Cell)(3, seed=k) for k in range(5)]
    evaluator = Counting(fails=fails)
    play(cells, 8, evaluator)
    assert str(cells.pop(place).failure) == "a hole"
    assert all(torch.equal(cell.final, cell.alone()) for cell in cells if cell.final is not None)
    assert [cell.failure for cell in cells] == [None] * 4
    assert evaluator.sizes[-1] == 4, "the others go on together"


def test_an_error_between_forwards_fails_its_cell_only():
    scheduler, cell = BatchScheduler(4, Counting()), Cell(3)

    def broken() -> None:
        try:
            scheduler.answer(toy_forward(TOY, torch.ones(1, 2)))
            raise ValueError("at the hook")
        except ValueError:
            pass

    scheduler.enter(broken)
    scheduler.enter(cell.work(scheduler))
    while scheduler.open:
        scheduler.advance()
    assert cell.final is not None
    assert torch.equal(cell.final, cell.alone())


UNREADABLE = {
    "a state without a batch axis": {"state": torch.tensor(1.0)},
    "length_key that cannot be computed": {"state": torch.full((1, 2), torch.inf)},
}


@pytest.mark.parametrize("changes", UNREADABLE.values(), ids=UNREADABLE)
def test_a_forward_that_cannot_be_placed_fails_its_cell_only(changes):
    def near(forward: Forward) -> int:
        return int(forward.inputs["hidden_states"].sum())

    class Odd(Cell):
        def ask(self, state: Tensor, step: int) -> Forward:
            inputs = {"hidden_states": changes["state"], "timestep": torch.zeros(1)}
            return Forward(TOY, Toy, "transformer", None, inputs)

    odd, cells = Odd(2), [Cell(2, seed=k) for k in range(2)]
    play([odd, *cells], 4, Counting(near=near))
    assert isinstance(odd.failure, TypeError | OverflowError)
    assert all(cell.final is not None and torch.equal(cell.final, cell.alone()) for cell in cells)


@pytest.mark.parametrize("fits", [1, 2, 3, 7])
def test_a_batch_that_does_not_fit_into_memory_runs_in_halves(fits):
    def fails(forwards: Sequence[Forward]) -> Exception | None:
        return torch.OutOfMemoryError("too many") if len(forwards) > fits else None

    cells = [Cell(3, seed=k) for k in range(7)]
    evaluator = Counting(fails=fails)
    play(cells, 8, evaluator)
    assert all(cell.final is not None and torch.equal(cell.final, cell.alone()) for cell in cells)
    assert max(evaluator.sizes) <= fits


def test_a_failed_batch_is_freed_before_its_halves_run():
    held: list[weakref.ref[Tensor]] = []
    alive: list[bool] = []

    class Greedy(Counting):
        def evaluate(self, forwards: Sequence[Forward]) -> list[Answer]:
            activations = torch.ones(8)
            alive.extend(one() is not None for one in held)
            held.append(weakref.ref(activations))
            if len(forwards) > 1:
                raise torch.OutOfMemoryError("too many")
            return super().evaluate(forwards)

    gc.disable()
    try:
        play([Cell(1, seed=k) for k in range(4)], 4, Greedy())
    finally:
        gc.enable()
    assert alive
    assert not any(alive)


def test_a_single_forward_too_large_for_memory_fails_its_cell():
    evaluator = Counting(fails=lambda forwards: torch.OutOfMemoryError("too many"))
    cell = Cell(3)
    play([cell], 4, evaluator)
    assert isinstance(cell.failure, torch.OutOfMemoryError)


def test_equal_first_steps_are_computed_once_and_later_steps_by_each_cell():
    evaluator = Counting()
    cells = [Cell(2, first="a"), Cell(3, first="a"), Cell(2, seed=1, first="b")]
    play(cells, 8, evaluator)
    assert evaluator.sizes == [2, 3, 1]
    assert [[answer.shared for answer in cell.answers] for cell in cells] == [
        [False, False],
        [True, False, False],
        [False, False],
    ]
    assert all(cell.final is not None and torch.equal(cell.final, cell.alone()) for cell in cells)


def test_the_cell_that_computes_a_shared_forward_also_computes_the_next():
    class Guided(Cell):
        def ask(self, state: Tensor, step: int) -> Forward:
            # The two forwards of true CFG, both shared.
            return toy_forward(self.module, state, step, same_as=step)

    evaluator = Counting()
    cells = [Guided(2) for _ in range(3)]
    play(cells, 4, evaluator)
    assert evaluator.sizes == [1, 1]
    assert [[answer.shared for answer in cell.answers] for cell in cells] == [
        [False, False],
        [True, True],
        [True, True],
    ]


def test_context_variables_are_inherited_and_changes_stay_in_the_cell():
    setting: ContextVar[str] = ContextVar("setting", default="none")
    scheduler, seen = BatchScheduler(4, Counting()), []

    def work() -> None:
        seen.append(setting.get())
        setting.set("cell")
        scheduler.answer(toy_forward(TOY, torch.ones(1, 1)))
        seen.append(setting.get())

    token = setting.set("thread")
    for _ in range(2):
        scheduler.enter(work)
    scheduler.advance()
    assert setting.get() == "thread"
    setting.reset(token)
    assert seen == ["thread", "thread", "cell", "cell"]


def test_a_cell_that_comes_later_shares_the_first_step_too():
    evaluator = Counting()
    first, later = Cell(3, first="a"), Cell(2, first="a")
    scheduler = BatchScheduler(8, evaluator)
    scheduler.enter(first.work(scheduler))
    while scheduler.open:
        scheduler.advance()
    scheduler.enter(later.work(scheduler))
    while scheduler.open:
        scheduler.advance()
    assert evaluator.sizes == [1, 1, 1, 1]
    assert [answer.shared for answer in later.answers] == [True, False]
    assert later.final is not None
    assert torch.equal(later.final, later.alone())


def test_without_batching_nothing_is_shared():
    evaluator = Counting()
    cells = [Cell(2, first="a"), Cell(2, first="a")]
    play(cells, 1, evaluator)
    assert evaluator.sizes == [1] * 4
    assert not any(answer.shared for cell in cells for answer in cell.answers)


@pytest.mark.parametrize("writer", range(3))
def test_writing_into_a_result_changes_no_other_cell(writer):
    cells = [Cell(2, first="a", writes=k == writer) for k in range(3)]
    late = Cell(2, first="a")
    play([*cells, late], 3, Counting())
    for cell in (*cells, late):
        assert cell.final is not None
        assert torch.equal(cell.final, cell.alone())


def test_an_error_in_a_shared_first_step_fails_every_cell_that_shares_it():
    failing = [ValueError("once")]
    evaluator = Counting(fails=lambda forwards: failing.pop() if failing else None)
    cells = [Cell(2, first="a"), Cell(2, first="a")]
    play(cells, 4, evaluator)
    assert [str(cell.failure) for cell in cells] == ["once", "once"]
    again = Cell(2, first="a")
    play([again], 4, evaluator)
    assert again.final is not None, "an error is not remembered"


def test_the_least_recently_used_first_steps_are_forgotten():
    firsts = FirstSteps(2)

    def forward(name: str | None) -> Forward:
        return toy_forward(TOY, torch.ones(1, 1), same_as=name)

    for name in (None, "a", "b"):
        firsts.keep(forward(name), Answer((torch.ones(1),), 4))
    found = firsts.find(forward("a"))
    assert found is not None
    assert (found.shared, found.batch_size) == (True, 4)
    firsts.keep(forward("c"), Answer((torch.ones(1),), 4))
    assert [firsts.find(forward(name)) is not None for name in ("a", "b", "c", None)] == [
        True,
        False,
        True,
        False,
    ]


def test_every_cell_runs_in_the_thread_that_advances():
    scheduler, hub = BatchScheduler(4, Counting()), getcurrent()
    parents = []

    def work() -> None:
        parents.append(getcurrent().parent)
        scheduler.answer(toy_forward(TOY, torch.ones(1, 1)))
        parents.append(getcurrent().parent)

    scheduler.enter(work)
    scheduler.advance()
    assert parents == [hub, hub]
