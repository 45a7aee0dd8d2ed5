"""The night: ratings become better models. torch is allowed here and nowhere else."""
