"""What every output is made with. It is in every stage's deps: an edit here re-runs all stages."""
