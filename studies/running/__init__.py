"""How studies are run: one run, many runs kept and resumed, on this machine's cores or on a cluster."""
