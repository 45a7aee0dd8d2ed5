"""What each widget type shows of a plan. Figures are named by their place in the answer; curves carry their source."""

from cc_common.answer.widgets.build import build

__all__ = ["build"]
