"""Fixtures for properties: `submission`, `reference`."""

pytest_plugins = ["grader.pytest_plugin"]
