"""Intervisie: a Slack bot that leads teams through intervision."""
