"""gradlings: learn attention and optimization by writing them."""

__version__ = "0.1.0"
