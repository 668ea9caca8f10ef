# SPDX-License-Identifier: Apache-2.0
"""Fit, validate, calibrate, choose; say what a model is worth."""
