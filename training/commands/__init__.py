"""The command-line interface of training, by subject. Each command imports its dependencies when it runs."""
