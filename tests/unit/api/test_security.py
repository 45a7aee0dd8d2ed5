"""Tokens, roles, buckets and what a page of the documentation says about them."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.app import create_app
from api.language_model import _path
from api.security.rate_limit import MAX_CLIENTS, Limiter
from api.security.roles import Role, needed
from api.security.tokens import open_tokens, token_files
from cc_common.core.errors import ModelUnavailable, SetupError
from cc_common.core.settings import PROJECT, Settings

LONG = "a-token-of-twenty-four-x"


def settings(folder: Path, **given: object) -> Settings:
    return Settings(_env_file=None, data_dir=folder, **given)  # type: ignore[call-arg, arg-type]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_on_loopback_an_operator_is_implied(tmp_path: Path, host: str) -> None:
    tokens = open_tokens(settings(tmp_path, host=host))
    assert tokens.implied is Role.OPERATOR
    assert tokens.by_role.keys() == {Role.ADMIN}


@pytest.mark.parametrize("given", [{"host": "192.0.2.1"}, {"host": "::"}, {"host": "plant.example"}])
def test_bound_wider_every_role_has_a_secret_of_its_own(tmp_path: Path, given: dict[str, str]) -> None:
    tokens = open_tokens(settings(tmp_path, **given))
    assert tokens.implied is None
    assert len(set(tokens.by_role.values())) == 3
    assert min(map(len, tokens.by_role.values())) >= 32
    assert tokens == open_tokens(settings(tmp_path, **given)), "made once"
    for path in token_files(settings(tmp_path, **given)).values():
        assert path.stat().st_mode & 0o777 == 0o600


def test_each_token_has_its_role(tmp_path: Path) -> None:
    tokens = open_tokens(settings(tmp_path, host="192.0.2.1"))
    assert [tokens.role_of(tokens.by_role[role]) for role in Role] == list(Role)
    assert [tokens.role_of(wrong) for wrong in ("", "x", "é", tokens.by_role[Role.ADMIN][:-1])] == [None] * 4
    assert tokens.by_role[Role.ADMIN] not in repr(tokens)


def test_what_cannot_be_kept_is_refused_at_start(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(SetupError, match="CC_OPERATOR_TOKEN"):
        open_tokens(settings(blocked, host="192.0.2.1"))


@pytest.mark.parametrize("given", [{"operator_token": "short"}, {"operator_token": LONG, "admin_token": LONG}])
def test_weak_or_equal_tokens_are_refused(tmp_path: Path, given: dict[str, str]) -> None:
    with pytest.raises(SetupError, match="TOKEN"):
        open_tokens(settings(tmp_path, **given))


def test_a_bucket_gives_so_much_and_says_when_there_is_more() -> None:
    limiter = Limiter(rate=2)
    waits = [limiter.wait_s("a", now=100.0) for _ in range(5)]
    assert waits == [0, 0, 0, 0, 1]
    assert limiter.wait_s("b", now=100.0) == 0, "each its own"
    assert limiter.wait_s("a", now=100.0 + waits[-1]) == 0, "what it said was true"
    slow = Limiter(rate=0.1)
    assert [slow.wait_s("a", now=0.0), slow.wait_s("a", now=0.0), slow.wait_s("a", now=10.0)] == [0, 10, 0]


def test_buckets_of_many_clients_take_no_more_room() -> None:
    limiter = Limiter(rate=1)
    for n in range(MAX_CLIENTS + 500):
        limiter.wait_s(str(n), now=0.0)
    assert len(limiter._buckets) == MAX_CLIENTS


def test_the_page_on_security_shows_every_role(tmp_path: Path) -> None:
    page = (PROJECT / "docs/explanation/security.md").read_text()
    app = create_app(settings(tmp_path))
    for rule in app.url_map.iter_rules():
        role = needed(rule.endpoint)
        if role not in (None, Role.OPERATOR):
            path = rule.rule.replace("<", "{").replace(">", "}")
            assert any(path in line and role.word in line for line in page.splitlines()), path


@pytest.mark.parametrize("registered", ["../outside.gguf", "link.gguf", "folder/../../outside.gguf"])
def test_a_model_file_lies_in_the_models_folder(tmp_path: Path, registered: str) -> None:
    outside = tmp_path / "outside.gguf"
    outside.write_bytes(b"GGUF")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "link.gguf").symlink_to(outside)
    with pytest.raises(ModelUnavailable, match="out of the models folder"):
        _path(registered, settings(tmp_path))


def test_any_other_absolute_path_stands_for_the_base(tmp_path: Path) -> None:
    base = tmp_path / "base.gguf"
    ours = settings(tmp_path, base_gguf=base)
    assert _path("/etc/passwd", ours) == base
    assert _path("night.gguf", ours) == (tmp_path / "models" / "night.gguf").resolve()
