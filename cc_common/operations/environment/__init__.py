"""The project's own Python environment, .venv: made by the system's Python, exactly as requirements.txt pins it.

Standard library only, and readable by old Pythons, so that a wrong one gets a message and not a syntax error.
"""
