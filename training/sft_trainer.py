"""trl's SFTTrainer with the loss on the plan's tokens only, and a time budget."""

from __future__ import annotations

import time
from typing import Any

import torch
from torch.nn import functional
from transformers import TrainerCallback
from trl import SFTTrainer


class PlanTrainer(SFTTrainer):
    """Cross-entropy over the completion; the output layer runs at those positions only."""

    def __init__(self, *args: Any, max_minutes: float | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if max_minutes is not None:
            self.add_callback(TimeBudget(max_minutes))

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Mean negative log-likelihood of the completion tokens, in nats."""
        labels = inputs["labels"]
        causal = model.get_base_model() if hasattr(model, "get_base_model") else model
        chosen = labels[:, 1:] != -100
        with torch.autocast(labels.device.type, dtype=torch.bfloat16):  # the trainer's covers the model's forward only
            asked = {name: inputs[name] for name in ("input_ids", "attention_mask")}
            hidden = causal.model(**asked).last_hidden_state
            logits = causal.lm_head(hidden[:, :-1][chosen])
        logits = logits.float()
        loss = functional.cross_entropy(logits, labels[:, 1:][chosen])
        return (loss, {"logits": logits}) if return_outputs else loss


class TimeBudget(TrainerCallback):
    """Ends the training after a number of minutes, at the end of a step."""

    def __init__(self, minutes: float) -> None:
        self.ends = time.monotonic() + minutes * 60

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Stops the trainer when the time is over."""
        control.should_training_stop = control.should_training_stop or time.monotonic() > self.ends
