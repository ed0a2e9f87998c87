// ketrew-condition-worker: evaluates conditions for ketrewd. Started by it, not by people.
#include <csignal>

#include <fcntl.h>
#include <unistd.h>

#include "app/ketrew-condition-worker/worker.hpp"

int main() {
  ::signal(SIGPIPE, SIG_IGN);
  // What it starts must not write into the conversation.
  const int output = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (output < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) return 1;
  return ketrew::conditions::Worker(output).serve(STDIN_FILENO);
}
