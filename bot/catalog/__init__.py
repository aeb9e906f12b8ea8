"""Shipped data, read and checked: methods, registers and their errors."""
