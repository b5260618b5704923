/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The test preloads this opendir() into the examples that walk folders. To open a folder named
 * "slow", a program first reads the pipe ATHR_TEST_PIPE to its end, so the test decides for how
 * long the program waits. A folder named "secret" cannot be opened. */

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
wait_for_pipe (const char *path)
{
  int pipe = open (path, O_RDONLY);
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
    wait_for_pipe (getenv ("ATHR_TEST_PIPE"));

  return next (path);
}
