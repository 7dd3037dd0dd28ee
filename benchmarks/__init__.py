"""Timing ratios of runs that alternate on one machine. Neither the pipeline nor its tests need them."""
