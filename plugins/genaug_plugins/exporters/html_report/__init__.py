"""The report: one page for people that says whether the augmentation helps, and shows its evidence."""

from genaug_plugins.exporters.html_report.exporter import HtmlReportExporter

__all__ = ["HtmlReportExporter"]
