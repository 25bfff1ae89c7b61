"""Quotes and drafts of invoices: written, decided about, and sent to the customer."""
