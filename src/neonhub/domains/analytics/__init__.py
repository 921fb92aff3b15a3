"""Analytics: raw events and their roll-ups."""
