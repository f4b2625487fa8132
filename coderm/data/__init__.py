"""Training data for a test writer: problems with right programs in, (problem, program, unit test) rows out.

A stage is a pure step over one record: it yields what it wants sampled or run, gets the answers, and returns the record or a typed
reject. `build` carries the questions to whoever answers and journals every answer, so a build that was killed goes on where it
was. One reject never ends a build. Memory does not grow with the number of records. Knows no Ray and starts no model.
"""
