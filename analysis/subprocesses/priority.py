"""Long work steps back behind what people wait for on the same machine."""

import os

BEHIND = 5
"""How nice a process is that works in the background (0: usual, 19: last of all)."""


def step_back() -> None:
    """Lower this process's own priority; one that is lower already stays."""
    own = os.getpriority(os.PRIO_PROCESS, 0)
    os.setpriority(os.PRIO_PROCESS, 0, max(own, BEHIND))
