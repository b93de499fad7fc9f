"""The HTML report: one page with the verdict on the augmentation and its evidence."""

from genaug_plugins.exporters.html_report.exporter import HtmlReportExporter

__all__ = ["HtmlReportExporter"]
