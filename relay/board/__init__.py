"""The organizer's board: figures over all stages of a campaign, read from their tables, and drawn. Changes nothing but
the record of who took a table away.
"""
