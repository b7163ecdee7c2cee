"""`python -m gru_book` is the `gru-book` command."""

from gru_book.cli import main

if __name__ == "__main__":
    main()
