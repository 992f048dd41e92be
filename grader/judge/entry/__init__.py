"""What was handed in: read, decoded, and admitted or not before any of it runs. Imports no torch."""
