# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The inbox of a stream that ends with an owner."""

import asyncio
from time import monotonic
from typing import Any

from .inbox import Inbox
from .owner import stream_has_lost_owner


class OwnedInbox(Inbox):
    """The values of a stream that ends with an owner. No coroutine gets a value after the owner has ended, also if the
    value came before."""

    is_owned = True
    last_turn_end = 0.0

    @property
    def turn_end(self) -> float:
        """In this way the readers call wait_for_value() for each value."""
        return 0.0

    @turn_end.setter
    def turn_end(self, value: float) -> None:
        self.last_turn_end = value

    def has_value(self) -> bool:
        if stream_has_lost_owner(self.address):
            self.values.clear()
            return False
        return super().has_value()

    def check_owner(self) -> None:
        if stream_has_lost_owner(self.address):
            self.values.clear()
            raise asyncio.CancelledError from None

    async def wait_for_value(self) -> None:
        self.check_owner()
        if monotonic() < self.last_turn_end and super().has_value():
            return
        try:
            await super().wait_for_value()
        except (Exception, asyncio.CancelledError):
            self.check_owner()
            raise
        self.check_owner()


def make_inbox(stream: Any) -> Inbox:
    kind = OwnedInbox if stream._athr_is_bound else Inbox
    inbox: Inbox = kind(stream, stream.__dict__.get("_athr_failure"))
    stream.__dict__["_athr_inbox"] = inbox
    return inbox
