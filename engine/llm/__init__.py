"""Asking language models, whoever provides them."""
