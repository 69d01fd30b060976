"""Which windows exist and when: calendar, lines, planning, reopening, discovering. Not when their turn is (queue)."""
