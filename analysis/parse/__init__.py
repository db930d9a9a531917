"""Text into records, nothing else: what a spec or a taxonomy says, before anybody stores it.

A leaf below `load` and `store`, so that the embedded spec and taxonomy can be read where nothing
was loaded yet, and the pipeline can read a spec without touching a study.
"""
