"""The trusted side: case banks, running properties, scoring. `client` and `results` import no torch."""
