"""What goes wrong in words for the person at the keyboard."""


class LabError(Exception):
    """A lab, a folder or an installation that cannot be used; the text says why."""


class HandInError(Exception):
    """A hand-in that cannot be graded at all: it scores 0 with this reason."""
