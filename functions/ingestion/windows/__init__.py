"""Which questions exist and when they are due: calendar, lines, planning, reopening, reports that Amazon makes by itself. Not who is asked next (queue)."""
