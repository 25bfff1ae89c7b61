"""The owner's page of the channels: what is connected, how to connect it, what to do where it is not well."""
