"""The command lines of training, by what they are about. Each imports what it needs when it runs."""
