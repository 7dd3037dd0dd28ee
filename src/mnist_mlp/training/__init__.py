"""What both engines train with: start, order of the images, epoch loop, scores, weights files."""
