"""Running the system: launcher, environment, Airflow, checks, audit, the command line. May import everything below."""
