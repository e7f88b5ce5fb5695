"""An implementation that is right, and can be told to be wrong in one known way."""
