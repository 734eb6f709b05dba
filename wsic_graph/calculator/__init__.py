"""The value case calculator: what a programme would change, what that is worth, to whom, and how sure that is.

``read_scenario`` reads and checks, ``calculate`` gives the central answer, ``simulate`` the draws, ``report`` all.
"""
