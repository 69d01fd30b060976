"""From blocks of records to typed columns, and to quarantine for what does not fit."""
