"""The steps that lead an older gradebook to the tables of today, a file each in `versions/`."""
