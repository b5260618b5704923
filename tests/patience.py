# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""How long the tests wait for what must happen. A time-out can only fail a test."""

import os

PATIENCE = int(os.environ.get("ATHR_TEST_PATIENCE") or 1)


def patiently(seconds):
    """Returns a longer time-out where everything takes longer, such as beside other work."""
    return seconds * PATIENCE
