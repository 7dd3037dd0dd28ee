"""The from-scratch network: NumPy only, one concept a file. Start reading at ``mlp.py``."""
