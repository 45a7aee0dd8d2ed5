"""trl's DPOTrainer and KTOTrainer with a forward pass that computes each prompt once and scores free tokens only.

The losses, the reference (the model without its adapter, computed once), checkpoints and logs are trl's; the batch
layout (training/tier2/packing.py) and the cross-entropy of replayed questions are added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional
from trl import DPOTrainer, KTOTrainer

from training.tier2.packing import NO_BRANCH, PADDING, REPLAYED

if TYPE_CHECKING:
    from transformers import Trainer
else:
    Trainer = object


class _Packed(Trainer):
    """The forward pass and the metrics that both trainers share."""

    model: Any  # peft's
    _metrics: Any  # trl's, by mode and metric

    def token_logps(self, model: Any, inputs: Any) -> Any:
        """Log-probabilities (nats, float32) of the scored tokens, in order."""
        causal = self.accelerator.unwrap_model(model).get_base_model()
        with self.accelerator.autocast():
            hidden = causal.model(
                input_ids=inputs["input_ids"],
                attention_mask=mask(inputs["branch"], causal.dtype),
                position_ids=inputs["position_ids"],
                use_cache=False,
            ).last_hidden_state
            logits = causal.lm_head(hidden.flatten(0, 1)[inputs["source"]])
        return -functional.cross_entropy(logits.float(), inputs["target"], reduction="none")

    def scores(self, model: Any, inputs: Any) -> tuple[Any, Any]:
        """The log-probability of each branch, and the mean cross-entropy of replayed tokens (0 without any)."""
        logps, owner = self.token_logps(model, inputs), inputs["owner"]
        ours = owner != REPLAYED
        count = int(owner.max()) + 1
        branches = logps.new_zeros(count).index_add(0, owner[ours], logps[ours])
        return branches, -logps[~ours].mean() if (~ours).any() else logps.new_zeros(())

    def reference(self, inputs: Any) -> Any:
        """The branches' log-probabilities under the model without the adapter."""
        with torch.no_grad(), self.model.disable_adapter():
            return self.scores(self.model, inputs)[0]

    def note(self, **figures: Any) -> None:
        """Adds metrics of this step to the log."""
        for name, figure in figures.items():
            self._metrics["train" if self.model.training else "eval"][name].append(figure.detach().item())

    def create_model_card(self, *_: Any, **__: Any) -> None:
        """None: the night's manifest replaces it."""


class PairTrainer(_Packed, DPOTrainer):
    """DPO (Rafailov et al. 2023, equation 7), plus the chosen line's cross-entropy as in RPO (Pang et al. 2024).

    A model fine-tuned on one phrasing gives any other about 20 nats less; the preference loss alone changes it too
    slowly to matter within one night.
    """

    def compute_ref_log_probs(self, model: Any, inputs: Any) -> Any:
        """Reference log-probabilities of the chosen and of the rejected branches."""
        return self.reference(inputs).chunk(2)

    def _compute_loss(self, model: Any, inputs: Any, return_outputs: bool) -> Any:
        branches, replayed = self.scores(model, inputs)
        chosen, rejected = branches.chunk(2)
        imitation = -(chosen / lengths(inputs)[: len(chosen)]).mean()
        chosen = self.beta * (chosen - inputs["ref_chosen_logps"])
        rejected = self.beta * (rejected - inputs["ref_rejected_logps"])
        margins = chosen - rejected
        preference = -functional.logsigmoid(margins).mean()
        self.note(
            preference=preference, imitation=imitation, replay=replayed, margin=margins.mean(),
            accuracy=(margins > 0).float().mean(), reward_chosen=chosen.mean(), reward_rejected=rejected.mean(),
        )  # fmt: skip
        loss = self.loss_weights[0] * preference + self.loss_weights[1] * imitation + replayed
        return (loss, {"margins": margins}) if return_outputs else loss


class ThumbTrainer(_Packed, KTOTrainer):
    """The unpaired loss of APO-zero (D'Oosterlinck et al. 2024): raises liked lines, lowers disliked ones.

    KTO's own loss needs a KL estimate from mismatched rows of a batch: twice the work, and noisy in small batches.
    """

    def compute_ref_log_probs(self, model: Any, inputs: Any) -> Any:
        """Reference log-probabilities of every branch; this loss needs no KL estimate."""
        return self.reference(inputs), None

    def _compute_loss(self, model: Any, inputs: Any, return_outputs: bool) -> Any:
        branches, replayed = self.scores(model, inputs)
        rewards, liked = self.beta * (branches - inputs["ref_logps"]), inputs["label"].bool()
        weights = torch.where(liked, self.desirable_weight, self.undesirable_weight)
        preference = (weights * torch.sigmoid(torch.where(liked, -rewards, rewards))).mean()
        sides = {"reward_chosen": rewards[liked], "reward_rejected": rewards[~liked]}
        right = ((rewards > 0) == liked).float().mean()
        self.note(preference=preference, replay=replayed, accuracy=right)
        self.note(**{name: side.mean() for name, side in sides.items() if len(side)})
        if liked.any() and not liked.all():
            self.note(margin=rewards[liked].mean() - rewards[~liked].mean())
        loss = preference + replayed
        return (loss, {"rewards": rewards}) if return_outputs else loss


def lengths(inputs: Any) -> Any:
    """The number of scored tokens per branch."""
    owner = inputs["owner"]
    return owner[owner != REPLAYED].bincount()


def mask(branch: Any, dtype: Any) -> Any:
    """(rows, 1, length, length), added to the attention scores: a token attends to the prompt and its own branch."""
    seen, by = branch[:, None, :], branch[:, :, None]
    allowed = (seen == NO_BRANCH) | ((seen == by) & (seen != PADDING))
    allowed = allowed.tril() | torch.eye(branch.shape[1], dtype=torch.bool, device=branch.device)
    return torch.zeros(allowed.shape, dtype=dtype, device=branch.device).masked_fill(~allowed, torch.finfo(dtype).min)[
        :, None
    ]
