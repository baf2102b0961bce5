"""Pictures of the board as SVG, drawn on the server: data in, text out. Colours stand in board.css; what a picture says
to whoever can't see it stands in its title and description.
"""
