"""Deliveries, feeds and exports as Dagster runs them: they follow the reports and never fail a day."""

from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from digest_assets.config.settings import Settings
from digest_assets.delivery.assets import deliveries, deliveries_arrived, deliveries_due, delivery
from digest_assets.delivery.outbox import deliver
from digest_assets.feeds.assets import feeds
from digest_assets.reports.assets import exports
from digest_assets.testing.receivers import WebhookReceiver
from digest_assets_tests.delivery.test_outbox import at, to_webhook
from digest_assets_tests.reports.days import publish_day


def materialise(asset: Any, settings: Settings, **options: Any) -> dg.ExecuteInProcessResult:
    return dg.materialize([asset, *options.pop("checks", [])], resources={"settings": settings}, **options)


def today(settings: Settings) -> Settings:
    """A day that was published today, so that it is due by the real clock."""
    return publish_day(settings, datetime.now(UTC).date())


def test_a_failed_delivery_is_a_green_run_with_a_warning_that_explains(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with WebhookReceiver() as webhook:
        monkeypatch.setenv("MY_HOOK", webhook.url)
        webhook.next_statuses = [500]
        result = materialise(deliveries, to_webhook(today(settings)), checks=[deliveries_arrived])
    assert result.success
    metadata = result.asset_materializations_for_node("deliveries")[0].metadata
    assert (metadata["sent"].value, metadata["failed"].value) == (0, 1)
    assert "127.0.0.1 answered 500" in str(metadata["what"].value)
    (check,) = result.get_asset_check_evaluations()
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)


def test_without_recipients_nothing_happens(settings: Settings) -> None:
    result = materialise(deliveries, today(settings), checks=[deliveries_arrived])
    assert result.asset_materializations_for_node("deliveries")[0].metadata["recipients"].value == 0
    assert result.get_asset_check_evaluations()[0].passed


def test_the_sensor_asks_for_a_run_when_a_failed_delivery_is_due(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = to_webhook(today(settings))
    with WebhookReceiver() as webhook:
        monkeypatch.setenv("MY_HOOK", webhook.url)
        webhook.next_statuses = [500, 500]
        deliver(ours)
        assert tick(ours).run_requests == []
        deliver(ours, again=True, clock=at(datetime.now(UTC) - timedelta(hours=1)))
    (request,) = tick(ours).run_requests or []
    assert request.run_key
    assert "ours" in request.run_key


def tick(settings: Settings) -> dg.SensorResult:
    with dg.build_sensor_context(resources={"settings": settings}) as context:
        result = deliveries_due(context)
    assert isinstance(result, dg.SensorResult)
    return dg.SensorResult(run_requests=result.run_requests or [])


def test_exports_and_feeds_are_written(settings: Settings) -> None:
    day = datetime.now(UTC).date()
    publish_day(settings, day)
    materialise(exports, settings, partition_key=day.isoformat())
    folder = settings.data_dir / "exports" / day.isoformat()
    forms = ("bib", "csl.json", "csv", "jsonl", "parquet", "ris")
    assert sorted(path.name for path in folder.iterdir()) == ["notes", *(f"papers.{form}" for form in forms)]
    metadata = materialise(feeds, settings).asset_materializations_for_node("feeds")[0].metadata
    assert metadata["feeds"].value == len(list((settings.data_dir / "site" / "feeds").rglob("*.atom")))


def test_the_job_holds_the_deliveries_alone() -> None:
    definitions = dg.Definitions(assets=[deliveries], jobs=[delivery], resources={"settings": None})
    assert [node.name for node in definitions.resolve_job_def("delivery").nodes] == ["deliveries"]
