"""Several moderators at once: who has which clip, who is here, what changed meanwhile, what was one's own."""
