"""How long things take: ratios of what ran in turns on one machine. Neither pipeline nor tests need any of it."""
