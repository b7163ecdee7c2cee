"""The steps that lead an older gradebook to the tables of today, a file each in `versions/`.

A new step: change `tables.py`, write `versions/rNNNN_what.py` after the last one, and add its number to
`schema.REVISIONS` and `schema.HEAD`. Tests compare where the steps lead with the tables, and lead old data there.
A step adds columns and tables in the one transaction that `schema.upgrade` is in; SQLite changes no column in place.
"""
