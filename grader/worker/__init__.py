"""The untrusted side: a fork server, the lock, and the loop that answers calls. Imports `grader.wire` and no more."""
