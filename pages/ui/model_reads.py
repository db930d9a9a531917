"""What the profile of one model reads: the functions behind its recipes."""

from analysis.export.model_frames import Choosing, choosing, neighbours

__all__ = ["Choosing", "choosing", "neighbours"]
