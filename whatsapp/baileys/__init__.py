"""WhatsApp through a linked phone: the bridge's hooks, and what we ask of it (reference/twilio-whatsapp.md 7)."""
