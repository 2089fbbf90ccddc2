"""One widget a module; each draws what it is given and posts what was asked of it."""
