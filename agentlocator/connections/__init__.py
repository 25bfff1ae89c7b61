"""How the outside systems are that the business depends on, and what to do where one is not well."""
