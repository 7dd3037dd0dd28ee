"""The page to draw a digit on: its contents, and how one file is made of them."""
