"""The sample distribution's own tests run in the environment it is installed in, not here."""

collect_ignore = ["genaug-sample-plugins"]
