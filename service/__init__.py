"""Podbrief: five chosen insights for each subscriber, at their hour, never one twice."""
