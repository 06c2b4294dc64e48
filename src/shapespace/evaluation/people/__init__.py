"""How far codes follow people: scores, read-outs, ceilings, intervals, tests."""
