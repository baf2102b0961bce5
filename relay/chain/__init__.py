"""The record that shows tampering: decisions, events, sign-offs and consents in one keyed chain, below the store."""
