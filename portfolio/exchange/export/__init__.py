"""Lists out: what is on screen as CSV and XLSX (docs/export.md)."""
