"""Treatment-sequence studies in oncology: what follows what, and what that does to the answer."""

__version__ = "0.1.0"
