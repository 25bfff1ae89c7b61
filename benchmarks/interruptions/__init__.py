"""Two hundred and more interruptions of the assistant: which of them should stop it, and do they?"""
