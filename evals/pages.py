"""Rendering of what a folder holds: a run with its special suites, or special suites alone."""

from __future__ import annotations

from pathlib import Path

from evals.data import DataError
from evals.folder import METRICS, PREDICTIONS, REPORT, read_metrics, read_run, suites_in
from evals.report import write_page
from evals.run import write_reports


def render_folder(folder: Path, ocsf_version: str) -> None:
    """Write the HTML page, and for a run the JUnit XML, of a folder anew.

    Raises:
        DataError: the folder holds neither a run nor a special suite.
    """
    if (folder / PREDICTIONS).exists():
        write_reports(read_run(folder), ocsf_version)
        return
    read_metrics(folder)
    suites = suites_in(folder)
    if not suites:
        raise DataError(f"{folder / METRICS}: neither a run nor a special suite")
    write_page(folder / REPORT, "suites_page.html.j2", {"suites": suites})
