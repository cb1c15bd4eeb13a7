"""How many examples a property is tried with: a profile for tests that are to be the same in every run, one for finding
what nobody thought of, and shares of both for properties whose examples take long.
"""

from hypothesis import HealthCheck, settings

# Nothing may rest on how busy the machine is: no limit on an example's time, and no complaint that inputs come slowly.
_UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def register_profiles() -> None:
    """Make `repeatable` the profile that holds unless `--hypothesis-profile` names another, such as `explore`."""
    settings.register_profile("repeatable", _UNHURRIED, derandomize=True, database=None)
    settings.register_profile("explore", _UNHURRIED, max_examples=20 * _UNHURRIED.max_examples)
    settings.load_profile("repeatable")


def take_examples(percent: int) -> settings:
    """Settings for a property that is tried with this share of the profile's examples, of which the usual one has 100."""
    return settings(max_examples=max(1, settings().max_examples * percent // 100))
