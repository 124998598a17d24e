"""One file per kind of answer: characteristics, survival, response."""
