"""What the home page shows: what happened while nobody looked, and what waits for a person.

`board` puts it together; each part has a module. Everything runs inside the business's scope, in a number of queries
that does not depend on the number of rows, and by indexes: a business may have years of calls behind it.
"""
