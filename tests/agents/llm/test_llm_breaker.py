import pytest

from agents.llm import ModelUnavailableError
from agents.llm.breaker import CircuitBreaker


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breaker(clock):
    return CircuitBreaker(threshold=2, pause_s=10, clock=clock)


def test_it_opens_after_failures_in_a_row(breaker):
    for _ in range(2):
        breaker.before_call()
        breaker.failed()
    assert breaker.is_open
    with pytest.raises(ModelUnavailableError, match="failed 2 times in a row; next attempt in 10 s"):
        breaker.before_call()


def test_a_success_in_between_keeps_it_closed(breaker):
    for report in (breaker.failed, breaker.succeeded, breaker.failed):
        breaker.before_call()
        report()
    breaker.before_call()


def test_after_the_pause_one_call_tries(breaker, clock):
    breaker.failed()
    breaker.failed()
    clock.now = 10.0
    breaker.before_call()
    with pytest.raises(ModelUnavailableError):
        breaker.before_call()
    breaker.succeeded()
    breaker.before_call()
    assert not breaker.is_open


def test_a_failed_trial_starts_another_pause(breaker, clock):
    breaker.failed()
    breaker.failed()
    clock.now = 10.0
    breaker.before_call()
    breaker.failed()
    clock.now = 19.0
    with pytest.raises(ModelUnavailableError):
        breaker.before_call()
    clock.now = 20.0
    breaker.before_call()
