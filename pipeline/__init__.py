"""kgi: from raw CRM and MA exports to the KGI and KPI tables that marketing and sales both trust."""

from __future__ import annotations

__version__ = "0.1.0"
