"""The sensors, each against real runs of an instance."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill

from digest_assets.automation import alerts, sensors
from digest_assets.automation.runs import ATTEMPT_TAG, REASON_TAG
from digest_assets.automation.sensors import (
    LOOK_BACK_DAYS,
    compute_due_times,
    missed_days,
    papers_to_retry,
    unfinished_days,
)
from digest_assets.common.mailings import MailingCalendar
from digest_assets.config.settings import Config, Settings
from digest_assets.sources.tables import ARXIV_WITNESSES, WitnessRow
from digest_assets.summaries.tables import PAPER_SUMMARIES, SummaryRow
from digest_assets.texts.tables import PAPER_TEXTS, TextRow
from digest_assets.warehouse import open_warehouse
from digest_assets_tests.automation.small_graph import REST, TODAY, days_ago, mark_made, run_day

FIRST, SECOND, THIRD = days_ago(9), days_ago(8), days_ago(7)


def tick(
    sensor: dg.SensorDefinition, defs: dg.Definitions, instance: dg.DagsterInstance, settings: Settings
) -> dg.SensorResult:
    context = dg.build_sensor_context(
        instance=instance, definitions=defs, resources={"settings": settings}, sensor_name=sensor.name
    )
    result = sensor(context)
    assert isinstance(result, dg.SensorResult)
    return result


def asked(result: dg.SensorResult) -> set[tuple[str | None, str | None]]:
    return {(request.partition_key, request.tags[ATTEMPT_TAG]) for request in result.run_requests or []}


class TestMissedDays:
    def test_a_new_installation_asks_for_nothing(
        self, defs: dg.Definitions, instance: dg.DagsterInstance, settings: Settings
    ) -> None:
        result = tick(missed_days, defs, instance, settings)
        assert not result.run_requests
        assert result.skip_reason is not None
        assert result.skip_reason.skip_message == f"no day of the last {LOOK_BACK_DAYS} is missing or failed"

    def test_gaps_and_failures_after_the_first_made_day_are_asked_for(
        self, defs: dg.Definitions, instance: dg.DagsterInstance, settings: Settings, trouble: Path
    ) -> None:
        mark_made(instance, FIRST, *map(days_ago, range(6, -1, -1)))
        assert asked(tick(missed_days, defs, instance, settings)) == {
            (str(SECOND), "missed_days 1"),
            (str(THIRD), "missed_days 1"),
        }

    def test_an_attempt_that_failed_waits_and_a_last_one_is_left_to_people(
        self, defs: dg.Definitions, instance: dg.DagsterInstance, settings: Settings, trouble: Path
    ) -> None:
        mark_made(instance, FIRST, *map(days_ago, range(7, -1, -1)))
        trouble.write_text("arxiv_listing")
        run_day(defs, instance, SECOND, tags={ATTEMPT_TAG: "missed_days 1"})
        result = tick(missed_days, defs, instance, settings)
        assert not result.run_requests
        assert f"{SECOND} is failed: attempt 2 of 4 after" in str(result.skip_reason)
        for attempt in (2, 3, 4):
            run_day(defs, instance, SECOND, tags={ATTEMPT_TAG: f"missed_days {attempt}"})
        assert "left alone after 4 attempts" in str(tick(missed_days, defs, instance, settings).skip_reason)

    def test_a_day_that_failed_for_what_no_rerun_can_clear_is_left_to_people(
        self, defs: dg.Definitions, instance: dg.DagsterInstance, settings: Settings, trouble: Path
    ) -> None:
        mark_made(instance, FIRST, *map(days_ago, range(7, -1, -1)))
        trouble.write_text("arxiv_listing!")
        run_day(defs, instance, SECOND)
        result = tick(missed_days, defs, instance, settings)
        assert not result.run_requests
        assert "no rerun can clear it (arxiv_listing: arxiv_listing is in trouble for good)" in str(result.skip_reason)
        trouble.write_text("arxiv_listing")  # somebody mended it, and it failed in another way
        run_day(defs, instance, SECOND, tags={ATTEMPT_TAG: "missed_days 1"})
        assert "attempt 2 of 4 after" in str(tick(missed_days, defs, instance, settings).skip_reason)

    def test_a_canceled_day_is_left_alone(
        self, defs: dg.Definitions, instance: dg.DagsterInstance, settings: Settings
    ) -> None:
        mark_made(instance, FIRST, *map(days_ago, range(7, -1, -1)))
        instance.create_run_for_job(
            defs.resolve_job_def("daily_digest"),
            tags={"dagster/partition": str(SECOND)},
            status=dg.DagsterRunStatus.CANCELED,
        )
        assert not tick(missed_days, defs, instance, settings).run_requests


def test_a_mailing_is_due_hours_after_it_is_out_and_a_day_without_one_when_it_is_over() -> None:
    due = compute_due_times(MailingCalendar(), datetime(2025, 12, 8, 12, tzinfo=UTC))
    friday, saturday = date(2025, 12, 5), date(2025, 12, 6)
    assert due[friday] == datetime(2025, 12, 5, 13, tzinfo=UTC)
    assert due[saturday] == datetime(2025, 12, 7, 13, tzinfo=UTC)
    assert len(due) == LOOK_BACK_DAYS + 1


class TestPapersToRetry:
    @pytest.fixture
    def long_ago(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every run ended so long ago that each wait is over."""
        monkeypatch.setattr(sensors, "RETRY_WAITS", (timedelta(0),) * 2)

    def store(
        self, settings: Settings, *, text: bool = False, summary: bool = False, back: int = 2, can_retry: bool = True
    ) -> None:
        day, warehouse = days_ago(back), open_warehouse(settings)
        row = TextRow(
            day=day, id="2512.00001", source="abstract", sections=(), characters=0, sha256="0", can_retry=text
        )
        warehouse.replace_days(PAPER_TEXTS, [day], PAPER_TEXTS.to_frame([row]))
        fallback = SummaryRow(
            day=day, id="2512.00001", report="deep_read", language="en", engine="extractive", fields="{}", numbers=(),
            numbers_traced=0, numbers_total=0, failed=summary, can_retry=summary and can_retry, key="k",
        )  # fmt: skip
        warehouse.replace_days(PAPER_SUMMARIES, [day], PAPER_SUMMARIES.to_frame([fallback]))

    def test_before_anything_was_made_nothing_waits(
        self, defs: dg.Definitions, instance: dg.DagsterInstance, settings: Settings
    ) -> None:
        result = tick(papers_to_retry, defs, instance, settings)
        assert "no paper of the last 7 days waits for another try" in str(result.skip_reason)

    @pytest.mark.usefixtures("long_ago")
    def test_a_text_that_may_get_better_is_read_again_with_all_that_follows(
        self, defs: dg.Definitions, instance: dg.DagsterInstance, settings: Settings
    ) -> None:
        run_day(defs, instance, days_ago(2))
        self.store(settings, text=True, summary=True)
        (request,) = tick(papers_to_retry, defs, instance, settings).run_requests or []
        assert request.run_key == f"papers_to_retry {days_ago(2)} 1"
        keys = {key.to_user_string() for key in request.asset_selection or []}
        assert keys == {"paper_texts", "paper_summaries", "claims", "day_overviews", "reports"}

    @pytest.mark.usefixtures("long_ago")
    def test_a_failed_summary_alone_does_not_read_the_text_again(
        self, defs: dg.Definitions, instance: dg.DagsterInstance, settings: Settings
    ) -> None:
        run_day(defs, instance, days_ago(2))
        self.store(settings, summary=True)
        (request,) = tick(papers_to_retry, defs, instance, settings).run_requests or []
        keys = {key.to_user_string() for key in request.asset_selection or []}
        assert keys == {"paper_summaries", "claims", "day_overviews", "reports"}

    @pytest.mark.usefixtures("long_ago")
    def test_without_a_key_or_where_no_try_can_help_nothing_is_asked_again(
        self, defs: dg.Definitions, instance: dg.DagsterInstance, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run_day(defs, instance, days_ago(2))
        self.store(settings, summary=True, can_retry=False)
        assert not tick(papers_to_retry, defs, instance, settings).run_requests
        self.store(settings, summary=True)
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        config = Config.model_validate({"summaries": {"engine": "openai"}})
        without_key = settings.model_copy(update={"config": config})
        assert not tick(papers_to_retry, defs, instance, without_key).run_requests

    @pytest.mark.usefixtures("long_ago")
    def test_attempts_are_bounded(self, defs: dg.Definitions, instance: dg.DagsterInstance, settings: Settings) -> None:
        self.store(settings, summary=True)
        for attempt in (1, 2):
            run_day(defs, instance, days_ago(2), tags={ATTEMPT_TAG: f"papers_to_retry {attempt}"})
        result = tick(papers_to_retry, defs, instance, settings)
        assert "has 0 texts and 1 summaries to try again: left alone after 2 attempts" in str(result.skip_reason)

    def test_the_first_try_waits_after_the_day_was_made(
        self, defs: dg.Definitions, instance: dg.DagsterInstance, settings: Settings
    ) -> None:
        run_day(defs, instance, days_ago(2))
        self.store(settings, text=True)
        assert "attempt 1 of 4 after" in str(tick(papers_to_retry, defs, instance, settings).skip_reason)

    @pytest.mark.usefixtures("long_ago")
    def test_old_days_are_left_as_they_are(
        self, defs: dg.Definitions, instance: dg.DagsterInstance, settings: Settings
    ) -> None:
        run_day(defs, instance, days_ago(20))
        self.store(settings, text=True, back=20)
        assert not tick(papers_to_retry, defs, instance, settings).run_requests


class TestUnfinishedDays:
    LATEST = MailingCalendar.with_extra_dates().get_latest(datetime.now(UTC))
    EARLIER = MailingCalendar.with_extra_dates().get_previous(LATEST)

    @pytest.fixture
    def long_ago(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every run ended so long ago that each wait is over."""
        monkeypatch.setattr(sensors, "RETRY_WAITS", (timedelta(0),) * 2)

    def store(self, settings: Settings, day: date, **verdicts: str) -> None:
        rows = [
            WitnessRow.model_validate(
                {"day": day, "witness": name, "verdict": verdict, "papers": 1, "fingerprint": "", "note": "as seen"}
            )
            for name, verdict in verdicts.items()
        ]
        open_warehouse(settings).replace_days(ARXIV_WITNESSES, [day], ARXIV_WITNESSES.to_frame(rows))

    @pytest.mark.usefixtures("long_ago")
    @pytest.mark.parametrize(
        ("verdicts", "reason"),
        [
            ({"window": "unreachable", "feed": "whole"}, "was listed without arXiv's API"),
            ({"window": "whole", "feed": "partial"}, "has no whole witness of what was announced"),
            ({"window": "whole", "feed": "unreachable", "listing": "unreachable"}, "has no whole witness"),
        ],
    )
    def test_a_mailing_listed_while_a_source_was_down_or_wrong_is_made_again_and_says_why(
        self,
        defs: dg.Definitions,
        instance: dg.DagsterInstance,
        settings: Settings,
        verdicts: dict[str, str],
        reason: str,
    ) -> None:
        run_day(defs, instance, self.EARLIER)
        self.store(settings, self.EARLIER, **verdicts)
        result = tick(unfinished_days, defs, instance, settings)
        assert asked(result) == {(str(self.EARLIER), "unfinished_days 1")}
        (request,) = result.run_requests or []
        assert request.tags[REASON_TAG].startswith(f"{self.EARLIER} {reason}")

    @pytest.mark.usefixtures("long_ago")
    def test_a_whole_mailing_and_the_newest_one_are_left_alone(
        self, defs: dg.Definitions, instance: dg.DagsterInstance, settings: Settings
    ) -> None:
        for day in (self.EARLIER, self.LATEST):
            run_day(defs, instance, day)
        self.store(settings, self.EARLIER, window="whole", feed="whole", listing="contradicted")
        self.store(settings, self.LATEST, window="unreachable", feed="whole")
        result = tick(unfinished_days, defs, instance, settings)
        assert str(result.skip_reason).startswith("SkipReason(skip_message='no mailing of the last 14 days, before")

    def test_it_gives_up_after_some_attempts_and_says_so(
        self,
        defs: dg.Definitions,
        instance: dg.DagsterInstance,
        settings: Settings,
        long_ago: None,
    ) -> None:
        self.store(settings, self.EARLIER, window="unreachable", feed="whole")
        for attempt in (1, 2):
            run_day(defs, instance, self.EARLIER, tags={ATTEMPT_TAG: f"unfinished_days {attempt}"})
        result = tick(unfinished_days, defs, instance, settings)
        assert "was listed without arXiv's API: left alone after 2 attempts" in str(result.skip_reason)


def failure_context(
    result: dg.ExecuteInProcessResult, defs: dg.Definitions, instance: dg.DagsterInstance, sensor: str
) -> dg.RunFailureSensorContext:
    (event,) = [event for event in result.all_events if event.event_type == dg.DagsterEventType.RUN_FAILURE]
    return dg.build_run_status_sensor_context(
        sensor_name=sensor,
        dagster_event=event,
        dagster_instance=instance,
        dagster_run=result.dagster_run,
        repository_def=defs.get_repository_def(),
    ).for_run_failure()


class TestContinueAfterSourceFailure:
    def rest(
        self, defs: dg.Definitions, instance: dg.DagsterInstance, result: dg.ExecuteInProcessResult
    ) -> dg.RunRequest | dg.SkipReason:
        outcome = sensors.continue_after_source_failure(
            failure_context(result, defs, instance, "continue_after_source_failure")
        )
        assert isinstance(outcome, dg.RunRequest | dg.SkipReason)
        return outcome

    def test_when_only_sources_failed_the_rest_is_asked_for(
        self, defs: dg.Definitions, instance: dg.DagsterInstance, trouble: Path
    ) -> None:
        trouble.write_text("arxiv_listing arxiv_topic_hits")
        request = self.rest(defs, instance, run_day(defs, instance, TODAY))
        assert isinstance(request, dg.RunRequest)
        assert request.partition_key == str(TODAY)
        assert {key.to_user_string() for key in request.asset_selection or []} == REST
        assert request.tags["digest/without"] == "arxiv_listing, arxiv_topic_hits"
        assert run_day(defs, instance, TODAY, asset_selection=request.asset_selection).success

    def test_any_other_failure_is_left_to_people(
        self, defs: dg.Definitions, instance: dg.DagsterInstance, trouble: Path
    ) -> None:
        trouble.write_text("arxiv_listing reports")
        assert isinstance(self.rest(defs, instance, run_day(defs, instance, TODAY)), dg.RunRequest)
        trouble.write_text("reports")
        assert isinstance(self.rest(defs, instance, run_day(defs, instance, TODAY)), dg.SkipReason)

    def test_a_run_of_sources_alone_has_no_rest(
        self, defs: dg.Definitions, instance: dg.DagsterInstance, trouble: Path
    ) -> None:
        trouble.write_text("arxiv_listing")
        result = run_day(defs, instance, TODAY, asset_selection=[dg.AssetKey("arxiv_listing")])
        assert "was not to make the rest" in str(self.rest(defs, instance, result))

    def test_a_day_that_was_run_again_since_is_left_alone(
        self, defs: dg.Definitions, instance: dg.DagsterInstance, trouble: Path
    ) -> None:
        trouble.write_text("arxiv_listing")
        result = run_day(defs, instance, TODAY)
        run_day(defs, instance, TODAY)
        assert "was run again since" in str(self.rest(defs, instance, result))


class TestRunFailureAlert:
    @pytest.fixture
    def told(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
        texts: list[str] = []

        def send(text: str) -> str:
            texts.append(text)
            return "told"

        monkeypatch.setattr(alerts, "send_alert", send)
        return iter([texts])

    def test_a_failed_run_is_told_with_its_steps_and_reasons(
        self, defs: dg.Definitions, instance: dg.DagsterInstance, trouble: Path, told: Iterator[list[str]]
    ) -> None:
        trouble.write_text("paper_texts")
        sensors.run_failure_alert(failure_context(run_day(defs, instance, TODAY), defs, instance, "run_failure_alert"))
        (text,) = next(told)
        assert text.splitlines()[0].startswith(f"digest: {TODAY} failed (job daily_digest, run ")
        assert text.splitlines()[1:] == ["• paper_texts: RuntimeError: paper_texts is in trouble"]

    def test_a_run_that_dagster_runs_again_is_not_told(
        self, defs: dg.Definitions, instance: dg.DagsterInstance, trouble: Path, told: Iterator[list[str]]
    ) -> None:
        trouble.write_text("paper_texts")
        result = run_day(defs, instance, TODAY, tags={"dagster/will_retry": "true"})
        outcome = sensors.run_failure_alert(failure_context(result, defs, instance, "run_failure_alert"))
        assert "is run again" in str(outcome)
        assert next(told) == []

    @pytest.mark.parametrize(
        ("status", "is_told"), [(BulkActionStatus.REQUESTED, False), (BulkActionStatus.COMPLETED, True)]
    )
    def test_a_crashed_run_of_a_backfill_is_told_when_the_backfill_is_over(
        self,
        defs: dg.Definitions,
        instance: dg.DagsterInstance,
        trouble: Path,
        told: Iterator[list[str]],
        status: BulkActionStatus,
        is_told: bool,
    ) -> None:
        instance.add_backfill(PartitionBackfill("abc", status, from_failure=False, tags={}, backfill_timestamp=0.0))
        trouble.write_text("paper_texts")
        result = run_day(defs, instance, TODAY, tags={"dagster/will_retry": "true", "dagster/backfill": "abc"})
        sensors.run_failure_alert(failure_context(result, defs, instance, "run_failure_alert"))
        assert bool(next(told)) == is_told
