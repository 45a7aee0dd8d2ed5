"""Model versions, training runs and the status of learning. Imports db and below."""
