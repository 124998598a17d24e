"""Papers as regression tests: what was printed beside what is computed."""
