"""Windows of time, and how people say them: "last 24 hours", "yesterday from 2 to 5 pm", "since Monday"."""

from cc_common.window.finding import TIME_WORDS, FoundWindow, Times, find_times, find_windows
from cc_common.window.model import Window, iso

__all__ = ["TIME_WORDS", "FoundWindow", "Times", "Window", "find_times", "find_windows", "iso"]
