"""How the days run: jobs, schedules, sensors and checks."""
