"""How the runs of a study are done: kept and resumed, on this machine's cores or on a cluster."""
