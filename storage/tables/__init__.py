"""One module per table, in SQL that both databases read."""
