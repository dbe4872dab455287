"""What Airspace builds on a cluster: the ComponentResources and the pure modules they are made of."""
