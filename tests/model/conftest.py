"""How far the model is driven: a little with every run, far with `make model`."""

from hypothesis import HealthCheck, settings

_EVERY = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
settings.register_profile("short", _EVERY, max_examples=60, stateful_step_count=60)
settings.register_profile("deep", _EVERY, max_examples=3000, stateful_step_count=100)
