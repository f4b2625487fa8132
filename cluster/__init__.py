"""The cluster layer: connects to Ray, places actors, runs jobs, and tells what is wrong with a machine."""
