/* The yardstick: one process after another, and nothing written down.
 *
 *   spawn_loop COUNT PROGRAM [ARG...]
 *
 * Prints the seconds that the loop took, and the CPU seconds of the loop and its children. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char** environ;

static double cpu(int who) {
  struct rusage usage;
  getrusage(who, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

int main(int argc, char** argv) {
  struct timespec begin, end;
  long count;
  if (argc < 3) return 2;
  count = atol(argv[1]);
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (long i = 0; i < count; ++i) {
    pid_t pid;
    int status;
    if (posix_spawnp(&pid, argv[2], NULL, NULL, argv + 2, environ) != 0) return 1;
    if (waitpid(pid, &status, 0) != pid || status != 0) return 1;
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  printf("%.6f %.6f\n",
         (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) * 1e-9,
         cpu(RUSAGE_SELF) + cpu(RUSAGE_CHILDREN));
  return 0;
}
