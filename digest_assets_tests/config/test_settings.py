"""The settings: what a user may write, and what is said of what is wrong."""

import gzip
import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from digest_assets.common.errors import ConfigError
from digest_assets.config.fields import KNOWN_CATEGORIES
from digest_assets.config.report_formats import Topic
from digest_assets.config.settings import Config, Environment, load_config, load_settings

PROJECT = Path(__file__).parents[2]


def config_of(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "digest.yaml"
    path.write_text(text, encoding="utf-8")
    return load_config(path)


def complaint(tmp_path: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        config_of(tmp_path, text)
    return str(caught.value)


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    assert config_of(tmp_path, "") == Config()


@pytest.mark.parametrize("text", ["sources:\nreports:\n", "sources:\n  arxiv:\n", "readers:\ndelivery: {mail: }\n"])
def test_a_section_whose_lines_are_all_commented_out_is_all_defaults(tmp_path: Path, text: str) -> None:
    assert config_of(tmp_path, text) == Config()


def test_a_wrong_item_is_said_alone_and_a_long_value_is_cut(tmp_path: Path) -> None:
    said = complaint(tmp_path, f"sources: {{arxiv: {{categories: [{'x' * 5_000}]}}}}")
    assert len(said.splitlines()) == 2
    assert len(said) < 500


def test_a_file_in_another_encoding_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "digest.yaml"
    path.write_bytes("contact: a@b.org".encode("utf-16"))
    with pytest.raises(ConfigError, match="it is not UTF-8; save it as that"):
        load_config(path)


def test_the_projects_own_file_is_the_defaults_and_the_holidays_that_it_shows() -> None:
    written = load_config(PROJECT / "digest.yaml").model_dump()
    expected = Config().model_dump()
    expected["sources"]["arxiv"]["no_mailing"] = written["sources"]["arxiv"]["no_mailing"]
    assert written == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sourcess: {}", ["sourcess: unknown key", "allowed here", "sources", "summaries"]),
        ("reports: {topic_digest: {topicz: [a]}}", ["reports.topic_digest.topicz: unknown key", "topics"]),
        ("reports: {topic_digest: {topics: [{name: a, nott: [b]}]}}", ["topics.0.nott: unknown key", "not"]),
        ("sources: {arxiv: {categories: [cs.CB]}}", ["categories.0", "cs.CB", "did you mean cs."]),
        ("sources: {arxiv: {categories: []}}", ["sources.arxiv.categories"]),
        ("sources: {arxiv: {categories: [cs.CV, cs.CV]}}", ["cs.CV stands more than once"]),
        ("reports: {topic_digest: {topics: ['']}}", ["reports.topic_digest.topics.0.name: may not be empty"]),
        ("reports: {topic_digest: {topics: ['  ']}}", ["reports.topic_digest.topics.0.name: may not be empty"]),
        ("reports: {topic_digest: {topics: [avatar, avatar]}}", ["avatar stands more than once"]),
        ("reports: {deep_read: {language: fr}}", ["reports.deep_read.language", "'en' or 'zh'", "'fr'"]),
        ("summaries: {concurrency: 0}", ["summaries.concurrency", "greater than or equal to 1", "0"]),
        ("summaries: {engine: magic}", ["summaries.engine", "'extractive' or 'openai'", "'magic'"]),
        ("sources: {arxiv: {no_mailing: [yesterday]}}", ["sources.arxiv.no_mailing.0", "'yesterday'"]),
        ("reports: {field_review: {categories: [cs.GR]}}", ["field_review.categories: cs.GR must stand under sources"]),
        ("summaries: {prices: {a: {input: 1, outputt: 2}}}", ["summaries.prices.a.outputt: unknown key", "output"]),
        ("delivery: {mail: [{nam: x}]}", ["delivery.mail.0.nam: unknown key", "name"]),
        ("- a list", ["digest.yaml", "keys with values belong here"]),
        ("sources: 3", ["sources: keys with values belong here, not 3"]),
        ("sources: {arxiv: {categories: cs.CV}}", ["categories: a list belongs here", "not 'cs.CV'"]),
        ("contact: 3", ["contact: a text belongs here: write it in quotes, not 3"]),
        ("1: 2", ["a key is a text: write 1 in quotes"]),
        ("reports: {topic_digest: {topics: ['***']}}", ["topics.0: the phrase '***' has no word to look for"]),
        ("contact: a@b.org\ncontact: c@d.org", ["line 2, column 1: the key 'contact' stands twice"]),
        ("sources:\n\tarxiv: {}", ["line 2, column 1", "indent with blanks, not with tabs"]),
        ("sources: {arxiv: {no_mailing: [2025-13-01]}}", ["line 1, column 32: 2025-13-01 is no date"]),
        ("contact: " + "[" * 3_000, ["cannot be read"]),
        ("a: [", ["cannot be read"]),
    ],
)
def test_a_wrong_setting_names_the_key_the_value_and_what_is_allowed(
    tmp_path: Path, text: str, says: list[str]
) -> None:
    message = complaint(tmp_path, text)
    assert [part for part in says if part not in message] == []


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    message = complaint(tmp_path, "summaries: {concurrency: 0, modell: x}\ntexts: {max_pages: none}")
    assert all(key in message for key in ("summaries.concurrency", "summaries.modell", "texts.max_pages"))


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist; set DIGEST_CONFIG"):
        load_config(tmp_path / "none.yaml")


def test_a_topic_is_a_phrase_or_a_mapping() -> None:
    phrase = Topic.model_validate("neural  rendering")
    mapping = Topic.model_validate(
        {"name": "3D", "any": ["NeRF", "splatting"], "not": ["cosmology"], "categories": ["cs.CV"]}
    )
    assert (phrase.name, phrase.phrases) == ("neural rendering", ((), ("neural rendering",)))
    assert (mapping.phrases, mapping.excluded) == ((("NeRF", "splatting"), ()), ("cosmology",))


def test_a_report_that_is_off_needs_no_categories_of_its_own(tmp_path: Path) -> None:
    off = "{field_review: {enabled: false}, category_digest: {enabled: false}}"
    text = f"sources: {{arxiv: {{categories: [math.NT]}}}}\nreports: {off}"
    assert "field_review" not in config_of(tmp_path, text).reports.enabled_reports()


def test_categories_that_were_not_chosen_give_way_to_those_of_the_sources(tmp_path: Path) -> None:
    reports = config_of(tmp_path, "sources: {arxiv: {categories: [cs.CL, cs.CV]}}").reports
    assert reports.category_digest.categories == ("cs.CL", "cs.CV")
    assert reports.field_review.categories == ("cs.CV",)


def test_a_field_without_a_category_of_the_sources_must_be_chosen(tmp_path: Path) -> None:
    message = complaint(tmp_path, "sources: {arxiv: {categories: [math.NT]}}")
    assert "reports.field_review.categories: cs.CV, cs.RO must stand under sources" in message
    assert "category_digest" not in message


def test_a_recipient_of_a_report_that_does_not_exist_is_said(tmp_path: Path) -> None:
    message = complaint(
        tmp_path, "delivery: {webhooks: [{name: us, kind: json, url_variable: HOOK, reports: [deep_reed]}]}"
    )
    assert "us: no report is called 'deep_reed'; there are topic_digest" in message


def test_the_environment_says_where_things_are(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("contact: me@example.org")
    settings = load_settings({"DIGEST_CONFIG": str(tmp_path / "mine.yaml"), "DIGEST_DATA_DIR": str(tmp_path / "d")})
    assert settings.config.contact == "me@example.org"
    assert (settings.data_dir, settings.database) == (tmp_path / "d", str(tmp_path / "d" / "digest.duckdb"))


def test_blanks_around_a_value_of_the_environment_are_none_of_it() -> None:
    given = {"DIGEST_DATA_DIR": " ", "DIGEST_FIRST_DAY": "2025-11-03\n", "DIGEST_ARXIV_API_URL": " http://a.b/c "}
    environment = Environment.from_variables(given)
    assert environment.data_dir == Environment().data_dir
    assert str(environment.first_day) == "2025-11-03"
    assert str(environment.arxiv_api_url) == "http://a.b/c"


def test_the_real_services_are_the_default() -> None:
    environment = Environment.from_variables({"DIGEST_ARXIV_API_URL": ""})
    assert str(environment.arxiv_api_url) == "https://export.arxiv.org/api/query"


def test_a_wrong_url_in_the_environment_is_said() -> None:
    with pytest.raises(ConfigError, match=r"arxiv_api_url.*'nonsense'"):
        load_settings({"DIGEST_ARXIV_API_URL": "nonsense"})


def test_settings_do_not_change_after_they_were_read() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Config().contact = "x"  # type: ignore[misc]


def test_every_setting_has_a_sentence() -> None:
    def silent(schema: dict[str, object], name: str) -> list[str]:
        properties = schema.get("properties", {})
        assert isinstance(properties, dict)
        return [
            f"{name}.{key}" for key, value in properties.items() if "description" not in value and "$ref" not in value
        ]

    schema = Config.model_json_schema()
    sections = {"Config": schema} | schema["$defs"]
    missing = [key for name, section in sections.items() for key in silent(section, name)]
    assert [key for key in missing if not key.startswith("Price.")] == []


def test_every_real_days_category_is_known(corpus: Path) -> None:
    used: set[str] = set()
    for path in sorted((corpus / "arxiv").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            used |= {category for line in lines for category in json.loads(line)["categories"]}
    # ACM and MSC classes stand among the categories; arXiv's own look like `cs.CV` or `quant-ph`.
    arxiv_like = {name for name in used if name[0].isalpha() and (name.islower() or name.split(".")[0].islower())}
    assert arxiv_like - KNOWN_CATEGORIES == set()
