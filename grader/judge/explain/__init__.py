"""What is said of a failure: transcripts, diagnosis, scripts to step through."""
