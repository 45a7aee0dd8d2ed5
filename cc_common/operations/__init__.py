"""Running the system: launcher, environment, Airflow, checks, audit, status, commands. May import everything below."""
