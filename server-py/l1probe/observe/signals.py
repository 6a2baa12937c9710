"""The signals of one evaluation, collected from both hooks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor

from l1probe.families.family import Family
from l1probe.observe.forward import Answer, Forward
from l1probe.records.step import DIFFERENCES

#: Names that pipelines give their conditional forward.
CONDITIONAL = frozenset({"cond", "pred_cond"})


@dataclass
class Evaluation:
    """The forwards between two calls of the solver.

    Attributes:
        latent_in: the solver's state.
        timestep: as the loop handed it over; one value, or one per token.
        component: the transformer that ran.
        predictions: `cond` and, with true CFG, `uncond`.
        batch_size: largest batch of the forwards, padding included.
        shared: whether a result came from another cell with the same first step.
    """

    latent_in: Tensor
    timestep: Tensor
    component: str
    predictions: dict[str, Tensor] = field(default_factory=dict)
    batch_size: int = 1
    shared: bool = False


@dataclass(frozen=True)
class Signals:
    """An evaluation and the solver's update from it, in full tensors.

    Attributes:
        evaluation: what the model computed.
        tensors: by a name of SIGNALS.
        pairs: by a name of DIFFERENCES: a, and the b that it is measured against.
    """

    evaluation: Evaluation
    tensors: Mapping[str, Tensor]
    pairs: Mapping[str, tuple[Tensor, Tensor]]


class SignalCapture:
    """Sorts what passes the hooks of one sampling loop into signals."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self._evaluation: Evaluation | None = None
        self._previous: Mapping[str, Tensor] = {}

    @property
    def has_cond(self) -> bool:
        """Whether this evaluation's conditional prediction is known."""
        return self._evaluation is not None and "cond" in self._evaluation.predictions

    def on_forward(
        self,
        forward: Forward,
        latent_in: Tensor,
        timestep: Tensor,
        prediction: Tensor,
        answer: Answer | None,
    ) -> Evaluation:
        """Adds a forward's prediction to the evaluation that it is part of."""
        family = self._family
        states, parts = latent_in.chunk(forward.rows), prediction.chunk(forward.rows)
        if self._evaluation is None:
            state = family.state_of(states[-1])
            self._evaluation = Evaluation(state, timestep, forward.component)
        evaluation = self._evaluation
        predictions = evaluation.predictions
        if family.batched_cfg and len(parts) == 2:
            cond = family.cond_half
            predictions["cond"] = family.prediction_of(parts[cond])
            predictions["uncond"] = family.prediction_of(parts[1 - cond])
        else:
            named = forward.label is not None and not family.batched_cfg
            is_cond = forward.label in CONDITIONAL if named else not predictions
            predictions["cond" if is_cond else "uncond"] = family.prediction_of(prediction)
        if answer is not None:
            evaluation.batch_size = max(evaluation.batch_size, answer.batch_size)
            evaluation.shared |= answer.shared
        return evaluation

    def on_step(self, prediction: Tensor, latent_out: Tensor) -> Signals:
        """Ends the evaluation with the solver's update.

        Raises:
            RuntimeError: no forward came before.
        """
        evaluation, self._evaluation = self._evaluation, None
        if evaluation is None:
            raise RuntimeError("the scheduler stepped without a forward of the transformer")
        prediction, latent_out = map(self._family.stepped_of, (prediction, latent_out))
        tensors = {
            "latent_in": evaluation.latent_in,
            **evaluation.predictions,
            "cfg": prediction,
            "latent_out": latent_out,
        }
        pairs = {"latent": (latent_out, evaluation.latent_in)}
        # The other differences follow the signal of the same name from evaluation to evaluation.
        for name in DIFFERENCES:
            if name in tensors and name in self._previous:
                pairs[name] = (tensors[name], self._previous[name])
        self._previous = {name: tensors[name] for name in DIFFERENCES if name in tensors}
        return Signals(evaluation, tensors, pairs)
