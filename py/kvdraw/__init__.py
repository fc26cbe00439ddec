"""What it looks like: pure functions, a board in, SVG and words out. No DOM, and nothing is decided here.

Every drawing is a tree of keyed nodes (see node). The same functions write the first picture into the pages, and redraw it.
"""
