"""Proof that an exercise's checks are worth something: facts, right variants, misconceptions, mutants."""
