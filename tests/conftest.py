"""Fixtures for properties (`submission`, `reference`) and the options of the software's own tests."""

pytest_plugins = ["grader.pytest_plugin"]


def pytest_addoption(parser):
    parser.addoption("--seeds", type=int, default=1, help="under how many seeds exercises are proved (20 by hand)")
