"""Count up."""


class Counter:
    """Starts at `start`."""

    def __init__(self, start):
        self.value = start

    def up(self):
        """Add one and return the value."""
        raise NotImplementedError
