"""The story of a run in five calls."""
