"""Who people are: signing in and up, the team of a business, the language each reads."""
