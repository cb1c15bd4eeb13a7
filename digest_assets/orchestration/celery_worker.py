"""The Celery application of the workers: Dagster's own, whose workers say again and again that they hold their steps.

    dagster-celery worker start --app digest_assets.orchestration.celery_worker …

A step is acknowledged when it has ended (`task_acks_late`), and Redis' transport gives a step that was not acknowledged
within `visibility_timeout` to another worker
(https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html#visibility-timeout). That time had to
be longer than the longest step, so a worker that died was noticed after hours. Here each worker renews its claims, so
that the time can be minutes: whoever lives keeps its steps for as long as they take, and the steps of one that died go to
another. A step that is done twice ends the same: what a model answered is kept, and a partition is replaced.
"""

import time
from typing import Any

from celery import bootsteps
from celery.worker import state
from dagster_celery.app import app
from kombu.transport.redis import Channel

_RENEWALS = 4  # within the timeout, so that one that is late by a moment, or lost, does not matter

__all__ = ["ClaimRenewal", "app"]


class ClaimRenewal(bootsteps.StartStopStep):  # type: ignore[misc] # celery has no types
    """Renews the claims of a worker's steps for as long as it lives."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self._timer: Any = None

    def start(self, consumer: Any) -> None:
        """Begin with the connection to the broker; after it was lost, Celery begins again."""
        channel = consumer.task_consumer.channel
        if isinstance(channel, Channel):  # other transports notice by their connections
            seconds = channel.visibility_timeout / _RENEWALS
            self._timer = consumer.timer.call_repeatedly(seconds, renew_claims, (channel,))

    def stop(self, consumer: Any) -> None:  # Celery's interface
        """End with the connection."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    shutdown = stop


def renew_claims(channel: Channel) -> None:
    """Set the times of the steps that this worker has taken and not ended to now."""
    now = time.time()
    claims = {request.message.delivery_tag: now for request in list(state.reserved_requests)}
    if claims:
        with channel.conn_or_acquire() as client:
            client.zadd(channel.unacked_index_key, claims, xx=True)  # one that ended in this moment is not set again


app.steps["consumer"].add(ClaimRenewal)
