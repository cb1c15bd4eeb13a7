"""Days gone through as the daemons would: a clock that is set, a server that turns over at midnight, the sensors' ticks,
and the runs that they ask for, with the real sources and their checks. Nobody else starts anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import dagster as dg
import pytest

from digest_assets.automation import new_mailing, sensors
from digest_assets.automation.runs import REASON_TAG, describe_failure, list_run_ends
from digest_assets.common import clock
from digest_assets.common.mailings import EASTERN
from digest_assets.config.settings import Settings
from digest_assets.orchestration.table_checks import build_table_checks
from digest_assets.sources import assets, checks
from digest_assets.testing.loopback.server import LoopbackServer
from digest_assets_tests.automation.small_graph import build_small_graph

SENSORS = (new_mailing.new_mailing, sensors.missed_days, sensors.unfinished_days)
# Of a mailing's date, US Eastern, by what the sensors wait for: the feed at midnight, the fallback hour 3, the hour 12 at
# which they give up, and repeats some hours apart.
HOURS = (-3.0, 0.2, 1.2, 3.2, 6.2, 12.2, 18.2)


@dataclass
class SimulatedDays:
    """The clock, and what was done and said.

    Attributes:
        now: The present of the server and of every sensor and asset.
        said: What ticks, runs, checks and errors told, in order.
        runs: The days that were made, in order.
    """

    server: LoopbackServer
    settings: Settings
    instance: dg.DagsterInstance
    defs: dg.Definitions
    now: datetime = datetime(2025, 1, 1, tzinfo=UTC)
    said: list[str] = field(default_factory=list)
    runs: list[date] = field(default_factory=list)
    _cursors: dict[str, str | None] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)
    _ends: dict[datetime, datetime] = field(default_factory=dict)

    @classmethod
    def start(
        cls,
        server: LoopbackServer,
        settings: Settings,
        instance: dg.DagsterInstance,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> "SimulatedDays":
        real = [assets.arxiv_listing, assets.arxiv_topic_hits, assets.hf_daily_papers]
        defs = build_small_graph(settings, folder / "trouble", real, build_table_checks(checks.CHECKS))
        days = cls(server, settings, instance, defs)
        monkeypatch.setattr(clock, "get_utc_now", lambda: days.now)
        monkeypatch.setattr(sensors, "list_run_ends", days._list_run_ends)
        quick = replace(new_mailing._TICK_TIMEOUTS, response_seconds=0.3, total_seconds=0.4, first_pause_seconds=0.05)
        monkeypatch.setattr(new_mailing, "_TICK_TIMEOUTS", quick)
        return days

    def make(self, day: date) -> None:
        """A run of a day, as somebody started it."""
        self.set_clock(datetime.combine(day, time(12), EASTERN))
        self._run(dg.RunRequest(partition_key=str(day)))

    def go_through(self, day: date, hours: Sequence[float] = HOURS) -> None:
        """The ticks of a mailing's date."""
        for hour in hours:
            self.set_clock(datetime.combine(day, time(), EASTERN) + timedelta(hours=hour))
            for sensor in SENSORS:
                self._tick(sensor)

    def set_clock(self, now: datetime) -> None:
        """Let it be `now`, for the server too: its feeds and listing pages turn over at midnight, US Eastern."""
        self.now = now.astimezone(UTC)
        latest = self.settings.calendar.get_latest(self.now)
        midnight = datetime.combine(latest, time(), EASTERN)
        self.server.feed_date = latest if now >= midnight else self.settings.calendar.get_previous(latest)

    def _tick(self, sensor: dg.SensorDefinition) -> None:
        context = dg.build_sensor_context(
            instance=self.instance,
            cursor=self._cursors.get(sensor.name),
            definitions=self.defs,
            sensor_name=sensor.name,
        )
        result = sensor(context, settings=self.settings)
        assert isinstance(result, dg.SensorResult)
        self._cursors[sensor.name] = result.cursor
        skipped = result.skip_reason
        why = skipped.skip_message if isinstance(skipped, dg.SkipReason) else skipped
        self.said += [f"{sensor.name}: {why}"] if why else []
        assert why or result.run_requests, f"{sensor.name} says nothing"
        for request in result.run_requests or []:
            assert request.run_key
            assert request.tags[REASON_TAG]
            if request.run_key not in self._asked:  # as the daemon has it
                self._asked.add(request.run_key)
                self.said.append(f"{sensor.name}: {request.tags[REASON_TAG]}")
                self._run(request)

    def _run(self, request: dg.RunRequest) -> None:
        started = datetime.now(UTC)
        result = self.defs.resolve_job_def("daily_digest").execute_in_process(
            instance=self.instance,
            partition_key=request.partition_key,
            asset_selection=list(request.asset_selection) if request.asset_selection else None,
            tags=dict(request.tags),
            raise_on_error=False,
        )
        self._ends[started] = self.now
        self.runs.append(date.fromisoformat(str(request.partition_key)))
        for event in result.all_events:
            if event.is_step_failure:
                self.said.append(f"{event.step_key}: {describe_failure(event)}")
        for check in result.get_asset_check_evaluations():
            self.said += [f"{check.check_name}: {check.description}"] if not check.passed else []

    def _list_run_ends(self, *given: object) -> list[datetime]:
        """The ends of runs by the simulated clock."""
        ends = list_run_ends(*given)  # type: ignore[arg-type]
        return [self._ends[max(started for started in self._ends if started <= end)] for end in ends]
