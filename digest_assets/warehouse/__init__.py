"""DuckDB: declared tables, one transaction a partition, processes that take turns."""

from digest_assets.warehouse.database import Warehouse
from digest_assets.warehouse.tables import Row, Table

__all__ = ["Row", "Table", "Warehouse"]
