# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The functions that the fuzz calls: all functions of the typelibs, but for those that a list leaves out."""

import re

from gi.module import get_introspection_module, repository

NAMESPACES = {"GLib": "2.0", "GObject": "2.0", "Gio": "2.0", "GdkPixbuf": "2.0", "Pango": "1.0", "Graphene": "1.0"}

# Why functions are left out, and what their full names match
LEFT_OUT = {
    "ends the process, or is made to": r"abort|assert|breakpoint|on_error|GLib\.log|warn_message|GLib\.test_|trap_",
    "starts programs": r"spawn|Subprocess|launch|Application|fork",
    "waits for ever": r"MainLoop\.run|iterat(e|ion)$|usleep|GLib\.poll|AsyncQueue|Cond\.|accept|Thread|thread"
                      r"|condition_wait|invoke_full|TestDBus",
    "changes the process": r"ource[._]remove|setenv|unsetenv|set_prgname|set_application_name|chdir|set_print|set_user_dirs"
                           r"|reload_user|closefrom|fdwalk|GLib\.close|push_thread_default|pop_thread_default|io_modules|IOModule"
                           r"|TypeModule|mem_set_vtable|slice_set|nullify|error_domain_register|enable_types",
    "works on the memory that an address names": r"[Mm]utex|RWLock|[Ll]ock|Once|once_|atomic|pointer_|trash_stack"
                                                 r"|datalist|dataset",
    "asks services of the machine": r"DBus|dbus|bus_|VolumeMonitor|NetworkMonitor|PowerProfile|MemoryMonitor|Vfs"
                                    r"|DebugController|Notification|trash",
    "belongs to the language": r"Object\.(run_dispose|set_qdata|steal_qdata|steal_data|force_floating|watch_closure)",
}


class Function:
    def __init__(self, namespace, info, container=None):
        self.info, self.container = info, container
        self.name = ".".join([namespace, *([container.get_name()] if container else []), info.get_name()])
        self.left_out = next((why for why, names in LEFT_OUT.items() if re.search(names, self.name)), None)
        if any(re.search(r"(^|_)fds?(_|$)|^pid$", argument.get_name()) for argument in info.get_arguments()):
            self.left_out = "works on file descriptors"

    def get_direct(self):
        """Returns the function as PyGObject calls it, without an override."""
        module = get_introspection_module(self.name.split(".")[0])
        return getattr(getattr(module, self.container.get_name()) if self.container else module, self.info.get_name())


def all_functions():
    for namespace, version in NAMESPACES.items():
        repository.require(namespace, version)
        for info in repository.get_infos(namespace):
            if type(info).__name__ == "FunctionInfo":
                yield Function(namespace, info)
            elif hasattr(info, "get_methods"):
                for method in info.get_methods():
                    yield Function(namespace, method, info)
