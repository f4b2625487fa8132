"""A run in other people's formats, one format a file. Reads the journal, one problem in memory at a time; judges nothing."""
