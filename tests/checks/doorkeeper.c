/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Preloaded into the examples that walk folders: a folder named "slow" is opened once a pipe has
 * been read to its end, whose path is in ATHR_TEST_DOOR, and one named "secret" never. */

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
wait_at (const char *door)
{
  int pipe = open (door, O_RDONLY);
  char byte;

  while (read (pipe, &byte, 1) > 0)
    ;
  close (pipe);
}

DIR *
opendir (const char *path)
{
  DIR *(*next) (const char *) = (DIR *(*) (const char *)) dlsym (RTLD_NEXT, "opendir");
  const char *name = strrchr (path, '/');

  if (name != NULL && strcmp (name, "/secret") == 0)
    {
      errno = EACCES;
      return NULL;
    }
  if (name != NULL && strcmp (name, "/slow") == 0)
    wait_at (getenv ("ATHR_TEST_DOOR"));

  return next (path);
}
