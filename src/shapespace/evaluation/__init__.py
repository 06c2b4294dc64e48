"""Measurements that change nothing: reconstruction, agreement with people, baselines."""
