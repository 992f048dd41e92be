"""One submission tried on a bank."""
