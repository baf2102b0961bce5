"""From sources to posts.

From campaign and sources to posts: schedule, crawl, coverage.
"""
