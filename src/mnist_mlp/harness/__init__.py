"""Around every run: parameters, inputs, errors. No output depends on it, so no stage lists it.

It imports the standard library, pydantic, ruamel.yaml, yaml, tqdm and itself.
"""
