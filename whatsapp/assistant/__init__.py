"""The assistant in writing: what a customer wrote becomes one right answer, by a language model or by rules."""
