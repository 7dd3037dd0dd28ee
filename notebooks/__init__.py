"""A walk through the network, and what it draws. The source is walkthrough.py; `make notebook` makes the rest."""
