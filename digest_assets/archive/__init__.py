"""What a day's papers have to do with those of earlier days: the nearest of the archive, and whether they are the same work."""
