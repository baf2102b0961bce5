"""Pages around the editing page: panels, the played plan, what others change meanwhile."""
