# SPDX-License-Identifier: Apache-2.0
"""Loopwright: the lab in a loop. Measurements, models that know their doubt, the next batch."""

__version__ = "0.1.0"
