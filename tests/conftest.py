"""Properties are tried on the same examples every time; `make test-all` draws new ones."""

import os

from hypothesis import settings

settings.register_profile("same", derandomize=True)
settings.register_profile("new")
settings.load_profile(os.environ.get("SEQUELA_EXAMPLES", "same"))
