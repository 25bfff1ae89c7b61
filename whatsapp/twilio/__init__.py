"""WhatsApp through Twilio: its webhooks, and its Messages resource (reference/twilio-whatsapp.md 3)."""
