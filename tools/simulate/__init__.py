"""`./dev simulate`: the whole service in worlds of its own, from a seed, until its promises break or the steps are done."""
