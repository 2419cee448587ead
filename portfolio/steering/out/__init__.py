"""What leaves the building: a pack as a page to print, as PDF, as PowerPoint, and behind a share link.

`document` says what is said; everything else only gives it a shape.
"""
