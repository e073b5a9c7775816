"""The evaluation of the analyst chat: questions about real decisions, their facts, and attempts to mislead it."""
