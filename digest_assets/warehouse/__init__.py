"""DuckDB: declared tables, one transaction a partition, processes that wait for each other at the file."""

from digest_assets.warehouse.database import Warehouse, open_warehouse
from digest_assets.warehouse.tables import Row, Table

__all__ = ["Row", "Table", "Warehouse", "open_warehouse"]
