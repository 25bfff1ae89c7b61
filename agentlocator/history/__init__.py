"""Who changed which setting, from what to what; and taking it back where that is safe.

A trigger on every settings table writes the rows (`crm.SettingChange`, migration `agentlocator.0001`); here they get
the name of the user who caused them, become sentences, and are undone.
"""
