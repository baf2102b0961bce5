"""What people say of versions, and what tells versions apart: moments, strokes, differences, letters."""
