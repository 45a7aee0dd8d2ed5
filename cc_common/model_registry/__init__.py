"""Model versions and training runs. Imports db and below."""
