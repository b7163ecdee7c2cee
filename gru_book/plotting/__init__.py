"""The figures of the chapters. Importing a module of this package loads Matplotlib."""
