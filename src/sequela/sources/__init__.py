"""How records arrive: one file per outside format, one method, read() -> Records."""
