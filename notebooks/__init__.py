"""The walkthrough of the network and its figures. Edit walkthrough.py only; `make notebook` makes the rest."""
