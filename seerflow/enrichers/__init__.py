"""Event -> Event with more known: the data is handed in as a value, an adapter fetched it."""
