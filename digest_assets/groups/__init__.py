"""Which paper stands in which report, where and why."""
