"""The command ``logatlas``: its subcommands lie in ``app/commands``, loaded when they are called."""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import version

import click

from agents.errors import ConfigurationError, LogatlasError, UnavailableError

EXIT_ERROR = 1
EXIT_USAGE = 2
EXIT_CANNOT_START = 3

_COMMANDS = {
    "account": "Make, list and disable the accounts of people, set passwords.",
    "classify": "Classify raw logs from files or standard input.",
    "demo": "Send a mixed stream of made-up events and show how they are decided.",
    "knowledge": "Keep the knowledge base up to date.",
    "models": "List, prepare and fetch model weights.",
    "serve": "Serve the HTTP API.",
    "settings": "Show every setting.",
    "token": "Make, list and revoke service tokens.",
}


class _Commands(click.Group):
    """Imports a subcommand when it is used: ``logatlas --help`` should not wait for machine learning libraries."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"app.commands.{cmd_name}").command
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_Commands)
@click.version_option(version("logatlas"), prog_name="logatlas")
@click.option("--debug", is_flag=True, help="Show stack traces.")
def cli(debug: bool) -> None:
    """Maps raw security logs to OCSF classes and activities, with the evidence."""
    del debug


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 failed, 2 used wrongly, 3 cannot start, 130 interrupted.

    Errors are one line on stderr; ``--debug`` shows the stack trace too.
    """
    given = sys.argv[1:] if arguments is None else arguments
    try:
        result = cli.main(args=given, prog_name="logatlas", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("logatlas: interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output (head, less) has seen enough.
        sys.stderr.close()
        sys.exit(0)
    except LogatlasError as error:
        if "--debug" in given:
            raise
        click.echo(f"logatlas: {error.message}", err=True)
        sys.exit(_exit_code(error))
    # For --help and --version click returns the exit status.
    sys.exit(result if isinstance(result, int) else 0)


def _exit_code(error: LogatlasError) -> int:
    if isinstance(error, ConfigurationError):
        return EXIT_USAGE
    # Another process holds the data folder, or what is needed does not answer: trying again later may help.
    return EXIT_CANNOT_START if isinstance(error, UnavailableError) else EXIT_ERROR


if __name__ == "__main__":
    main()
