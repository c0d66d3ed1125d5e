/*
 * What the kernel takes for being looked at: reads files again and again through kept descriptors, and does nothing with them.
 *   reads EVERY_MS SECONDS FILE...
 * Prints the CPU time of it, in shares of a core. Without files it is a bare timer. Ends by itself after at most 20 s. Built and
 * run by `npm run bench`; never shipped.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { MOST_FILES = 8, ROOM = 1 << 16, MOST_S = 20 };

static double seconds_of(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int count, char **words) {
  static char text[ROOM];
  int files[MOST_FILES];
  int length = count - 3;
  if (length < 0 || length > MOST_FILES) return 1;
  long every_ns = atol(words[1]) * 1000000;
  double seconds = atof(words[2]);
  if (every_ns <= 0 || seconds > MOST_S) return 1;
  for (int i = 0; i < length; i++) {
    files[i] = open(words[3 + i], O_RDONLY);
    if (files[i] < 0) return perror(words[3 + i]), 1;
  }
  struct timespec due;
  clock_gettime(CLOCK_MONOTONIC, &due);
  double started = seconds_of(CLOCK_MONOTONIC), cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID);
  while (seconds_of(CLOCK_MONOTONIC) < started + seconds) {
    due.tv_nsec += every_ns;
    due.tv_sec += due.tv_nsec / 1000000000;
    due.tv_nsec %= 1000000000;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
    for (int i = 0; i < length; i++)
      if (pread(files[i], text, ROOM, 0) < 0) return perror(words[3 + i]), 1;
  }
  printf("%.6f\n", (seconds_of(CLOCK_THREAD_CPUTIME_ID) - cpu) / (seconds_of(CLOCK_MONOTONIC) - started));
  return 0;
}
