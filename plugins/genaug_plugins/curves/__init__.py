"""Curves of logged values: shared by the report and the monitor."""
