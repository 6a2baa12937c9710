"""How far a training is within its budget, and the learning rate that follows from it."""

import math
import time

from .recipe import Budget


class Progress:
    """Counts steps and seconds. `fraction` is the larger of the two shares of the budget."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.step = 0
        self.started = time.perf_counter()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.started

    @property
    def fraction(self) -> float:
        return max(self.step / self.budget.steps, self.seconds / self.budget.seconds)

    def rate(self, warmup_steps: int, last: float) -> float:
        """Linear warm-up by steps, then a cosine by `fraction` from 1 down to `last`."""
        warmup = min(1.0, (self.step + 1) / warmup_steps)
        cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, self.fraction)))
        return warmup * (last + (1 - last) * cosine)


def log(*parts: object) -> None:
    """Print with the time of day, at once."""
    print(time.strftime("[%H:%M:%S]"), *parts, flush=True)
