"""The launcher behind `make run`: brings every part up in order, keeps it up, and takes it down again.

The command is python -m cc_common.operations.launcher.
"""
