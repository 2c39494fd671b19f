"""Keeps itself new."""
