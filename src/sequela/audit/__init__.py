"""Why the answer may be wrong: every study is examined before anyone believes it."""
