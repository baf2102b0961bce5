from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import OctKey, RSAKey
from pydantic import SecretStr
from pyotp import TOTP

from relay.config import load_settings
from relay.errors import ConfigError, Refused, RelayError
from relay.models import Role
from relay.moderation.people import accounts, directory, keys, oidc, second_factor, sessions
from tests.fakes.directory import CLIENT, SECRET, FakeDirectory

BACK = "https://desk.test/sign-in/directory/back"


@pytest.fixture
def museum(relay, clock):
    fake = FakeDirectory(lambda: clock().timestamp())
    relay.settings.oidc_issuer, relay.settings.oidc_client_id = fake.issuer, CLIENT
    relay.settings.oidc_client_secret = SecretStr(SECRET)
    fake.knows(sub="77", preferred_username="Anna", name="Анна Соколова")
    yield fake
    fake.closes()


@pytest.fixture
def enters(relay, museum):
    """Somebody goes to the directory and comes back; gives the session's token and the page that was wanted."""

    def there_and_back(target: str = "/"):
        address, kept = directory.begin(relay, BACK, target)
        asked = parse_qs(urlsplit(museum.lets_in(address)).query)
        return directory.sign_in(relay, kept, asked["state"][0], asked["code"][0], BACK)

    return there_and_back


@pytest.mark.slow
def test_a_person_with_an_account_comes_in_by_the_directory(relay, anna, enters, museum):
    token, target = enters("/clips/7")
    assert (sessions.whoami(relay, token).login, target) == ("anna", "/clips/7")
    assert museum.asked[0]["redirect_uri"] == BACK


WRONG = {
    "the nonce of another sign-in": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "for another program": {"aud": "another program"},
    "for several, on another's behalf": {"aud": [CLIENT, "another"], "azp": "another"},
    "too old": {"exp": 1_600_000_000},
    "without an end": {"exp": None},
    "from tomorrow": {"iat": 4_000_000_000},
    "of another directory": {"iss": "https://evil.test"},
    "of nobody": {"sub": None},
    "signed by another key": {"key": RSAKey.generate_key(2048, {"kid": "one"})},
    "signed with what both know": {"header": {"alg": "HS256", "kid": "one"}, "key": OctKey.import_key(SECRET)},
}


@pytest.mark.slow
@pytest.mark.parametrize("wrong", list(WRONG.values()), ids=list(WRONG))
def test_a_token_that_is_not_right_in_everything_opens_nothing(relay, anna, enters, museum, wrong):
    museum.spoils(**wrong)
    with pytest.raises(Refused, match="can't be trusted"):
        enters()
    museum.spoils()
    museum.header = {"alg": "RS256", "kid": "one"}
    assert enters()


def test_twin_without_the_check_another_programs_token_opens_the_desk(relay, anna, enters, museum, monkeypatch):
    museum.spoils(aud="another program", nonce="another")
    monkeypatch.setattr(
        oidc.Provider, "_checked", lambda _self, _token, _nonce, _now: {"sub": "1", "preferred_username": "anna"}
    )
    assert enters()


@pytest.mark.slow
def test_only_who_set_out_here_comes_back(relay, anna, museum, clock):
    address, kept = directory.begin(relay, BACK, "/")
    way = parse_qs(urlsplit(museum.lets_in(address)).query)
    state, code = way["state"][0], way["code"][0]
    _other, others = directory.begin(relay, BACK, "/")
    forged = keys.signed(relay, "relay sign-in link", state, "n", "v", "/", until=clock())
    for cookie, said in ((others, state), (kept, "another"), (kept, ""), ("", state), (forged, state), (kept, "я")):
        with pytest.raises(Refused, match="did not begin here"):
            directory.sign_in(relay, cookie, said, code, BACK)
    assert museum.asked == [], "the code was not even shown to the directory"
    clock.moves(minutes=10)
    with pytest.raises(Refused, match="took too long"):
        directory.sign_in(relay, kept, state, code, BACK)


@pytest.mark.slow
def test_a_code_that_was_stolen_opens_nothing_without_what_was_kept_here(relay, anna, museum):
    """PKCE: the thief begins a sign-in of his own and brings her code."""
    address, _kept = directory.begin(relay, BACK, "/")
    code = parse_qs(urlsplit(museum.lets_in(address)).query)["code"][0]
    his, kept = directory.begin(relay, BACK, "/")
    state = parse_qs(urlsplit(his).query)["state"][0]
    with pytest.raises(Refused, match="directory refused"):
        directory.sign_in(relay, kept, state, code, BACK)


@pytest.mark.slow
def test_unknown_people_are_refused_unless_the_settings_say_their_role(relay, enters):
    with pytest.raises(Refused, match="no account here"):
        enters()
    relay.settings.oidc_role = "viewer"
    token, _target = enters()
    account = sessions.whoami(relay, token)
    assert (account.login, account.name, account.role) == ("anna", "Анна Соколова", Role.viewer)
    (view,) = accounts.views(relay)
    assert view.has_password is False
    assert sessions.whoami(relay, enters()[0]).id == account.id


@pytest.mark.slow
def test_a_login_that_the_directory_gives_to_somebody_else_opens_nothing(relay, anna, enters, museum):
    enters()
    museum.knows(sub="78", preferred_username="anna")
    with pytest.raises(Refused, match="belongs to somebody else"):
        enters()
    museum.knows(sub="77", preferred_username="anna.sokolova")
    assert sessions.whoami(relay, enters()[0]).login == "anna", "she is known again under another name"


@pytest.mark.slow
def test_who_is_shut_out_here_does_not_come_in_by_the_directory(relay, anna, enters):
    enters()
    accounts.close(relay, "anna")
    with pytest.raises(Refused, match="closed"):
        enters()


@pytest.mark.slow
def test_the_second_factor_of_the_desk_is_asked_for_all_the_same(relay, anna, enters, clock):
    account = accounts.of_login(relay, "anna")
    second_factor.begin(relay, account)
    second_factor.confirm(relay, account, TOTP(second_factor.begun(relay, account).secret).at(relay.now()))
    with pytest.raises(sessions.CodeNeeded):
        enters()


@pytest.mark.slow
@pytest.mark.parametrize("said", [{}, {"email": ""}, {"email": 7}, {"email": "a@b.test", "email_verified": False}])
def test_a_claim_that_is_missing_or_not_confirmed_is_told(relay, enters, museum, said):
    relay.settings.oidc_claim = "email"
    museum.knows(sub="77", **said)
    with pytest.raises(Refused, match=r"email is missing|not confirmed"):
        enters()


@pytest.mark.slow
@pytest.mark.parametrize(
    "described",
    [
        {"issuer": "https://evil.test"},
        {"token_endpoint": "http://evil.test/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": ""},
    ],
    ids=str,
)
def test_a_directory_that_describes_itself_wrongly_is_not_asked(anna, enters, museum, described):
    museum.described = described
    with pytest.raises(RelayError, match="description is wrong"):
        enters()


@pytest.mark.slow
def test_a_directory_that_is_down_is_told(anna, enters, museum):
    museum.is_down = True
    with pytest.raises(RelayError, match="does not answer"):
        enters()


@pytest.mark.slow
def test_where_none_is_set_up_there_is_none(relay, museum):
    relay.settings.oidc_issuer = ""
    for ask in (
        lambda: directory.begin(relay, BACK, "/"),
        lambda: directory.sign_in(relay, "", "", "", BACK),
    ):
        with pytest.raises(Refused, match="not set up"):
            ask()


@pytest.mark.slow
def test_slips_in_its_settings_are_told_at_the_start(tmp_path):
    with pytest.raises(ConfigError, match="needs RELAY_OIDC_CLIENT_ID"):
        load_settings(_env_file=None, data_dir=tmp_path, oidc_issuer="https://museum.example")
    with pytest.raises(ConfigError, match="RELAY_OIDC_ISSUER is wrong"):
        load_settings(_env_file=None, data_dir=tmp_path, oidc_issuer="museum.example", oidc_client_id="relay")
    with pytest.raises(ConfigError, match="RELAY_OIDC_ROLE"):
        load_settings(_env_file=None, data_dir=tmp_path, oidc_role="organizer")
