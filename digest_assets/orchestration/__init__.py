"""What every assets.py needs of Dagster: the table asset, the I/O manager, partitions, metadata."""
