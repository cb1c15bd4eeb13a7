"""A daily digest of research papers, as Dagster software-defined assets in DuckDB.

Read `definitions.py` first: it is the table of contents.
"""
