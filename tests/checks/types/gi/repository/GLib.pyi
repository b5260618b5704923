# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

PRIORITY_DEFAULT: int

class Error(RuntimeError):
    message: str
class MainContext: ...
