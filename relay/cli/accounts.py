from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from relay.cli.terminal.show import AsJson, Person, as_json, say, table, tongue, worded

if TYPE_CHECKING:
    from relay.models import Role

app = typer.Typer(help="People at the desk: their accounts, roles and passwords.", no_args_is_help=True)

token_app = typer.Typer(help="Tokens by which a person's programs use the API.", no_args_is_help=True)
app.add_typer(token_app, name="token")

Login = Annotated[str, typer.Argument(help="The account's login.")]
Campaign = Annotated[str, typer.Option(help="In this campaign only (its short name).")]
NONE = "none"


@app.command("list")
def listing(json: AsJson = False) -> None:
    """All accounts: who, with which roles, and when they signed in last."""
    from relay.bootstrap import open_relay
    from relay.moderation.people import accounts
    from relay.web.words.wording import ROLES

    rows = accounts.views(open_relay())
    if json:
        as_json(rows)
        return
    table(
        ["login", "name", "role", "roles in campaigns", "state", "second factor", "last sign-in"],
        (
            [
                row.login,
                row.name,
                tongue()(ROLES[row.role]) if row.role else "–",
                "; ".join(f"{slug}: {tongue()(ROLES[role])}" for slug, role in row.roles.items()),
                tongue()(_state(row.active, row.has_password)),
                "✓" if row.has_second_factor else "",
                worded(row.last_sign_in),
            ]
            for row in rows
        ),
        empty="There is no account. Make the first one: relay init",
    )


@app.command()
def add(
    login: Login,
    person: Person,
    name: Annotated[str, typer.Option(help="The person's name, as it stands beside decisions.")] = "",
    role: Annotated[str, typer.Option(help="organizer, moderator, editor, viewer or none.")] = "moderator",
    campaign: Campaign = "",
    language: Annotated[str, typer.Option(help="The language of the desk for this person.")] = "",
    invite: Annotated[bool, typer.Option("--invite", help="Give a link to choose a password by.")] = False,
    json: AsJson = False,
) -> None:
    """A new account, with a password that is shown once, or with a link to choose one by."""
    from relay.bootstrap import open_relay
    from relay.moderation.people import accounts, links, roles

    relay = open_relay()
    usual, tongue_ = None if campaign else _role(role), language or relay.settings.language
    password = link = ""
    if invite:
        made = accounts.invite(relay, login, name, usual, language=tongue_, person=person)
    else:
        made, password = accounts.create(relay, login, name, usual, language=tongue_, person=person)
    if campaign:
        roles.set_role_in(relay, made.login, campaign, _role(role), person=person)
    if invite:
        link = links.password_link(relay, made.login, relay.settings.desk_url)
    if json:
        as_json({"login": made.login, "name": made.name, "password": password, "link": link})
    elif invite:
        say("{name} chooses a password here, once, within seven days: {link}", name=made.name, link=link)
    else:
        say("{name} signs in as {login} with {password}", name=made.name, login=made.login, password=password)


@app.command("role")
def set_role(
    login: Login,
    role: Annotated[str, typer.Argument(help="organizer, moderator, editor, viewer or none.")],
    person: Person,
    campaign: Campaign = "",
) -> None:
    """Another role, everywhere or in one campaign. All sign-ins of the person end."""
    from relay.bootstrap import open_relay
    from relay.moderation.people import accounts, roles

    relay, wanted = open_relay(), _role(role)
    if campaign:
        roles.set_role_in(relay, login, campaign, wanted, person=person)
    else:
        accounts.set_role(relay, login, wanted, person=person)
    say("{login} has a new role, and signs in anew.", login=login)


@app.command()
def password(login: Login, person: Person) -> None:
    """A new password, made up and shown once. All sign-ins of the person end."""
    from relay.bootstrap import open_relay
    from relay.moderation.people import accounts

    made = accounts.set_password(open_relay(), login, person=person)
    say("{login} signs in with {password}", login=login, password=made)


@app.command()
def link(
    login: Login,
    choose: Annotated[
        bool, typer.Option("--choose-password", help="Lets choose a password, within seven days.")
    ] = False,
    json: AsJson = False,
) -> None:
    """A link that signs in once, within 15 minutes."""
    from relay.bootstrap import open_relay
    from relay.moderation.people import links

    relay = open_relay()
    made = (links.password_link if choose else links.sign_in_link)(relay, login, relay.settings.desk_url)
    if json:
        as_json({"link": made})
    else:
        say("The link for {login}, for one use: {link}", login=login, link=made)


@app.command()
def close(login: Login, person: Person) -> None:
    """Shut a person out. All their sign-ins end; what they decided stays."""
    from relay.bootstrap import open_relay
    from relay.moderation.people import accounts

    accounts.close(open_relay(), login, person=person)
    say("{login} is shut out.", login=login)


@app.command()
def reopen(login: Login, person: Person) -> None:
    """Let a person in again who was shut out."""
    from relay.bootstrap import open_relay
    from relay.moderation.people import accounts

    accounts.reopen(open_relay(), login, person=person)
    say("{login} can sign in again.", login=login)


@app.command("reset-second-factor")
def reset_second_factor(login: Login, person: Person) -> None:
    """For whoever has lost the telephone and the recovery codes."""
    from relay.bootstrap import open_relay
    from relay.moderation.people import second_factor

    second_factor.reset(open_relay(), login, person)
    say("{login} signs in with the password alone, until a second factor is set up anew.", login=login)


@token_app.command("new")
def new_token(
    login: Login,
    person: Person,
    name: Annotated[str, typer.Option(help="Which program it is for.")],
    days: Annotated[int, typer.Option(help="It works for so many days.")] = 90,
    write: Annotated[bool, typer.Option("--write", help="It may change things, not only look.")] = False,
    json: AsJson = False,
) -> None:
    """Make a token, which is shown this once. It may what its owner may, or only look."""
    from relay.bootstrap import open_relay
    from relay.moderation.people import api_tokens

    made = api_tokens.make(open_relay(), login, name, days=days, may_write=write, person=person)
    if json:
        as_json(made)
        return
    typer.echo(made.token)
    say("Shown only now. Token {number} of {login} works until {until:%Y-%m-%d}.",
        number=made.id, login=login, until=made.expires_at)  # fmt: skip


@token_app.command("list")
def tokens(
    login: Annotated[str, typer.Argument(help="Only of this account.")] = "",
    json: AsJson = False,
) -> None:
    """Tokens of people: what for, until when, when they were used last."""
    from relay.bootstrap import open_relay
    from relay.moderation.people import api_tokens
    from relay.web.words.wording import TOKEN_OF_PERSON

    rows = api_tokens.listing(open_relay(), login)
    if json:
        as_json(rows)
        return
    table(
        ["number", "login", "name", "may change", "state", "until", "last used"],
        (
            [
                row.id,
                row.login,
                row.name,
                worded(row.may_write),
                tongue()(TOKEN_OF_PERSON[row.state]),
                f"{row.expires_at:%Y-%m-%d}",
                worded(row.last_used_at),
            ]
            for row in rows
        ),
        empty="There are no tokens.",
    )


@token_app.command("revoke")
def revoke_token(
    login: Login, number: Annotated[int, typer.Argument(help="The token's number.")], person: Person
) -> None:
    """End a token for good."""
    from relay.bootstrap import open_relay
    from relay.moderation.people import api_tokens

    api_tokens.revoke(open_relay(), login, number, person=person)
    say("Token {number} works no more.", number=number)


def _role(written: str) -> Role | None:
    """Raises Refused for what is no role."""
    from relay.moderation.people import roles

    return None if written == NONE else roles.role_of(written)


def _state(active: bool, has_password: bool) -> str:
    from relay.language.catalogue import N_

    if not active:
        return N_("shut out")
    return N_("can sign in") if has_password else N_("invited")
