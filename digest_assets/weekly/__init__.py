"""The week: what mattered, which terms rose and faded, what to catch up on; a report over seven days."""
