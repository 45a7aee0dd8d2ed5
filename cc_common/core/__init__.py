"""Base modules: settings, errors, evidence, units, windows of time. Imports no other package of the project."""
