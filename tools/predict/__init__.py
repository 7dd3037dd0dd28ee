"""From a photo to 28 x 28 pixels as MNIST has them, and what both networks say."""
