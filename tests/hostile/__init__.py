"""A provider that means harm: the loopback provider's answers, spoiled on their way over HTTP."""
