"""Around every run: parameters, inputs, errors. No output depends on it, so no stage lists it."""
