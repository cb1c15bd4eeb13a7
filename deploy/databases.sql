-- Run once, when PostgreSQL's volume is new: the catalogue of the tables, beside Dagster's own database.
CREATE DATABASE lake;
