"""``python -m evals``: evaluation from the command line."""

from __future__ import annotations

import click

from evals.commands.chat import chat
from evals.commands.compare import compare
from evals.commands.examples import examples
from evals.commands.gate import gate
from evals.commands.importing import import_
from evals.commands.measure import bench, latency
from evals.commands.run import report, run
from evals.commands.suites import cold_source, drift, garbage, injection
from evals.commands.train import train


@click.group()
def main() -> None:
    """Evaluate the classifier on labelled events."""


_SUITES = (cold_source, drift, injection, garbage, examples)

for command in (run, report, compare, gate, train, import_, *_SUITES, chat, bench, latency):
    main.add_command(command)

if __name__ == "__main__":
    main()
