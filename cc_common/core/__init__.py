"""The ground everything stands on: settings, errors, evidence, units, windows of time. Imports nothing of ours."""
