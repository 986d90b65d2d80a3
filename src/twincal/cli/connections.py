"""`twincal connect` and `twincal doctor`: the two accounts Twincal signs in with."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twincal.cli.accounts import Json
from twincal.cli.frame import BEGIN, DONE, FAILED, emit, with_service
from twincal.cli.render import show, show_beside
from twincal.errors import WrongInput

if TYPE_CHECKING:
    from twincal.engine.service import Service

connect = typer.Typer(help="Connect the two sides.", no_args_is_help=True)
exchange = typer.Typer(help="Connect Exchange.", no_args_is_help=True)
connect.add_typer(exchange, name="exchange")

SecretEnv = Annotated[
    str | None,
    typer.Option("--client-secret-env", metavar="NAME", help="The environment variable that holds the client secret."),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(connect, name="connect", rich_help_panel=BEGIN)
    app.command("doctor", rich_help_panel=BEGIN)(doctor)


def secret_from(name: str | None) -> str:
    """The secret an environment variable holds. Secrets are never typed as arguments, where others can read them."""
    if name is None:
        return ""
    value = os.environ.get(name, "")
    if not value:
        raise WrongInput(
            f"The environment variable {name} is empty or not set.",
            f"Set it first: export {name}=… (the client secret).",
        )
    return value


def file_text(path: Path, option: str) -> str:
    """The text of a file named by an option. Raises WrongInput where it cannot be read."""
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongInput(f"{option} {path} cannot be read.", "Give the path of a PEM file you may read.") from error


@exchange.command("graph")
def graph(
    context: typer.Context,
    tenant: Annotated[str, typer.Option(help="The directory (tenant) id or domain.")],
    client_id: Annotated[str, typer.Option(help="The application (client) id.")],
    client_secret_env: SecretEnv = None,
    certificate: Annotated[
        Path | None, typer.Option(help="A PEM file with the certificate and its private key, instead of a secret.")
    ] = None,
    authority: Annotated[
        str | None, typer.Option(metavar="URL", help="Where to sign in, tenant included; Microsoft's by default.")
    ] = None,
    base_url: Annotated[str | None, typer.Option(metavar="URL", help="Graph's address; Microsoft's by default.")] = None,
) -> None:
    """Connect Exchange Online through Microsoft Graph (client credentials)."""
    if (client_secret_env is None) == (certificate is None):
        raise WrongInput("Give either --client-secret-env or --certificate.", "See docs/howto/connect-exchange.md for both ways.")

    async def ask(service: "Service") -> int:
        await service.connect_graph(
            tenant=tenant,
            client_id=client_id,
            secret=secret_from(client_secret_env),
            certificate=file_text(certificate, "--certificate") if certificate else "",
            authority=authority,
            base_url=base_url,
        )
        show("Exchange is connected.")
        return DONE

    with_service(context, ask)


@connect.command("salesforce")
def salesforce(
    context: typer.Context,
    login_url: Annotated[str, typer.Option(metavar="URL", help="The org's My Domain, where to sign in.")],
    client_id: Annotated[str, typer.Option(help="The consumer key of the External Client App.")],
    client_secret_env: SecretEnv = None,
    jwt_key: Annotated[Path | None, typer.Option(help="A PEM file with the private key for the JWT bearer flow.")] = None,
    username: Annotated[str | None, typer.Option(help="The user to act as, for the JWT bearer flow.")] = None,
    former_field: Annotated[
        str | None, typer.Option(help="The field of Event where a former sync product left the Exchange ids (iCalUId).")
    ] = None,
) -> None:
    """Connect Salesforce (client credentials, or JWT bearer). Consent in a browser: in the web app, on the page Connections."""
    if (client_secret_env is None) == (jwt_key is None):
        raise WrongInput(
            "Give either --client-secret-env, or --jwt-key with --username.",
            "See docs/howto/connect-salesforce.md for both ways. Consent in a browser is a third: `twincal serve`, Connections.",
        )
    if jwt_key is not None and not username:
        raise WrongInput("--jwt-key needs --username.", "Name the Salesforce user Twincal acts as.")

    async def ask(service: "Service") -> int:
        found = await service.connect_salesforce(
            login_url=login_url,
            client_id=client_id,
            secret=secret_from(client_secret_env),
            jwt_key=file_text(jwt_key, "--jwt-key") if jwt_key else "",
            username=username or "",
            former_field=(former_field or "").strip(),
        )
        show("Salesforce is connected.")
        for note in found:
            show(note)
        return DONE

    with_service(context, ask)


def doctor(
    context: typer.Context,
    mailbox: Annotated[str | None, typer.Argument(metavar="MAILBOX", help="A mailbox to try; the first one else.")] = None,
    json: Json = False,
) -> None:
    """Test both connections and name what is missing."""

    async def ask(service: "Service") -> int:
        findings = await service.doctor(mailbox)
        if json:
            emit(findings)
        else:
            for finding in findings:
                mark = "FAIL" if not finding.well else "note" if finding.remedy else "ok  "
                show_beside(mark, f"{finding.check}{': ' + finding.note if finding.note else ''}", indent=0)
                if finding.remedy:
                    show_beside("    ", finding.remedy, indent=0, style="dim")
        return DONE if all(finding.well for finding in findings) else FAILED

    with_service(context, ask)
