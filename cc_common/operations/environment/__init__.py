"""Sets up the project's Python environment, .venv, with the system's Python and the pins of requirements.txt.

Standard library only, and valid syntax for old Pythons, so that they print a message instead of a syntax error.
"""
