"""THE WHEEL. Step and loop: the only place that joins the log, the judgement and the lab."""
