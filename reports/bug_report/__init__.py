"""Reports for the trackers of the frameworks, as Markdown that a human completes and files. Nothing here posts anything."""

from reports.bug_report.report import BugReport, bug_report
from reports.bug_report.trackers import TRACKERS, RefusedError

__all__ = ["TRACKERS", "BugReport", "RefusedError", "bug_report"]
