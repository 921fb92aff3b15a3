"""Operations on a whole database: plain functions, which the command line calls."""
