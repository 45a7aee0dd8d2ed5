"""The commands of `python -m cc_common`. Each imports what it needs when it runs, so that --help is quick."""
