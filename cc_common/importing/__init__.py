"""A user's own plant from CSV and Parquet files: python -m cc_common.importing MAPPING.toml; see docs/importing.md."""

from cc_common.importing.run import Import

__all__ = ["Import"]
