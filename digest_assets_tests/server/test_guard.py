"""What the guard lets through, asked over real connections."""

import time
from collections.abc import Iterator, Mapping

import httpx2
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from digest_assets.common.errors import ConfigError
from digest_assets.server.guard import require_password
from digest_assets_tests.server.served import Changeable, serve


@pytest.fixture
def inside() -> Changeable:
    return Changeable()


@pytest.fixture
def place(inside: Changeable) -> Iterator[str]:
    with serve(inside.app) as served:
        yield served


def ask(place: str, method: str, path: str, headers: Mapping[str, str]) -> int:
    return httpx2.request(method, f"http://{place}{path}", headers=dict(headers)).status_code


JSON = {"Content-Type": "application/json"}
LINK = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/runs", {}),
        ("GET", "/runs", {"Origin": "http://PLACE", "Sec-Fetch-Site": "same-origin"}),
        ("GET", "/runs", LINK),
        ("GET", "/graphql", {"Accept": "text/html"}),
        ("POST", "/graphql", JSON),
        ("POST", "/graphql", {**JSON, "Origin": "http://PLACE", "Sec-Fetch-Site": "same-origin"}),
        ("GET", "/server_info", {"Host": "10.0.0.7:3000"}),
    ],
)
def test_what_people_and_our_own_pages_ask_is_answered(
    inside: Changeable, place: str, method: str, path: str, headers: dict[str, str]
) -> None:
    ours = {name: value.replace("PLACE", place) for name, value in headers.items()}
    assert ask(place, method, path, ours) == 200
    assert inside.reached == [f"{method} {path}"]


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/runs", {"Host": "evil.example"}),  # a name that was made to lead here
        ("POST", "/graphql", {**JSON, "Host": "evil.example:3000", "Origin": "http://evil.example:3000"}),
        ("GET", "/runs", {"Origin": "http://evil.example"}),
        ("GET", "/runs", {"Origin": "http://127.0.0.1:1"}),  # another port is another origin
        ("GET", "/runs", {"Origin": "null"}),
        ("POST", "/graphql", {**JSON, "Origin": "http://evil.example"}),
        ("GET", "/runs", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"}),
        ("GET", "/runs", {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}),
        ("GET", "/runs", {**LINK, "Sec-Fetch-Dest": "iframe"}),
        ("POST", "/runs", LINK),
        ("GET", "/graphql?query=mutation{x}", {}),
        ("GET", "/prefix/graphql/?query=mutation{x}", {"Accept": "application/json"}),
        ("DELETE", "/graphql", {}),
        ("POST", "/graphql?query=mutation{x}", {"Content-Type": "application/x-www-form-urlencoded"}),
        ("POST", "/graphql?query=mutation{x}", {"Content-Type": "text/plain; application/json"}),
        ("POST", "/graphql?query=mutation{x}", {}),
    ],
)
def test_what_a_foreign_page_could_send_does_not_get_through(
    inside: Changeable, place: str, method: str, path: str, headers: dict[str, str]
) -> None:
    assert ask(place, method, path, headers) in (400, 403, 405, 415)
    assert inside.reached == []


def test_websockets_are_for_our_own_pages(inside: Changeable, place: str) -> None:
    with connect(f"ws://{place}/graphql", origin=Origin(f"http://{place}")) as ours:
        assert ours.recv() == "secret"
    for origin in ("http://evil.example", "http://127.0.0.1:1", "null"):
        with pytest.raises(InvalidStatus), connect(f"ws://{place}/graphql", origin=Origin(origin)):
            pass
    assert inside.reached == ["websocket /graphql"]


def test_a_name_that_the_environment_gives_is_one_of_ours(inside: Changeable) -> None:
    with serve(inside.app, {"DIGEST_UI_HOSTS": "digest.example, other.example"}) as place:
        assert ask(place, "GET", "/", {"Host": "digest.example"}) == 200
        assert ask(place, "GET", "/", {"Host": "third.example"}) == 400


def test_the_password_is_asked_for_and_a_wrong_one_takes_its_time(inside: Changeable) -> None:
    with serve(inside.app, {"DIGEST_UI_PASSWORD": "gehëim"}) as place:
        refused = httpx2.get(f"http://{place}/runs")
        assert (refused.status_code, "Basic" in refused.headers["WWW-Authenticate"]) == (401, True)
        begun = time.monotonic()
        assert httpx2.get(f"http://{place}/runs", auth=("me", "geheim")).status_code == 401
        assert time.monotonic() - begun > 0.9
        with pytest.raises(InvalidStatus), connect(f"ws://{place}/graphql"):
            pass
        assert inside.reached == []
        assert httpx2.get(f"http://{place}/runs", auth=("anybody", "gehëim")).status_code == 200
        assert httpx2.get(f"http://{place}/health").status_code == 200


def test_answers_cannot_be_framed_or_embedded(place: str) -> None:
    headers = httpx2.get(f"http://{place}/").headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in headers


def test_others_are_let_in_with_a_password_alone() -> None:
    require_password("127.0.0.1", {})
    require_password("0.0.0.0", {"DIGEST_UI_PASSWORD": "x"})
    with pytest.raises(ConfigError, match="DIGEST_UI_PASSWORD"):
        require_password("0.0.0.0", {})
