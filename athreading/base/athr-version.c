/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "athr-version.h"

/**
 * athr_get_major_version:
 *
 * Gets the major version of the library with which the program runs.
 *
 * `ATHR_MAJOR_VERSION` is the version of the headers with which the program was compiled.
 *
 * Threads: any.
 *
 * Returns: the major version
 *
 * Since: 1.0
 */
guint
athr_get_major_version (void)
{
  return ATHR_MAJOR_VERSION;
}

/**
 * athr_get_minor_version:
 *
 * Gets the minor version of the library with which the program runs.
 *
 * Threads: any.
 *
 * Returns: the minor version
 *
 * Since: 1.0
 */
guint
athr_get_minor_version (void)
{
  return ATHR_MINOR_VERSION;
}

/**
 * athr_get_micro_version:
 *
 * Gets the micro version of the library with which the program runs.
 *
 * Threads: any.
 *
 * Returns: the micro version
 *
 * Since: 1.0
 */
guint
athr_get_micro_version (void)
{
  return ATHR_MICRO_VERSION;
}

/**
 * athr_check_version:
 * @major: the major version that the program needs
 * @minor: the minor version that the program needs
 * @micro: the micro version that the program needs
 *
 * Checks whether the library with which the program runs has all that the program needs.
 *
 * A library of another major version has another interface, so its version is never right. A plug-in or a
 * language binding can check for the headers with which it was compiled:
 *
 * ```c
 * static gboolean
 * can_load (void)
 * {
 *   const char *mistake =
 *     athr_check_version (ATHR_MAJOR_VERSION, ATHR_MINOR_VERSION, ATHR_MICRO_VERSION);
 *
 *   if (mistake != NULL)
 *     g_printerr ("%s\n", mistake);
 *
 *   return mistake == NULL;
 * }
 * ```
 *
 * Threads: any.
 *
 * Returns: (nullable): %NULL if the version is right, or else what is wrong with the version, for people
 *
 * Since: 1.0
 */
const char *
athr_check_version (guint major,
                    guint minor,
                    guint micro)
{
  if (major > athr_get_major_version ())
    return "athreading is too old: its major version is too low";
  if (major < athr_get_major_version ())
    return "athreading is too new: its major version is too high";
  if (minor > athr_get_minor_version () ||
      (minor == athr_get_minor_version () && micro > athr_get_micro_version ()))
    return "athreading is too old: its version is too low";

  return NULL;
}
