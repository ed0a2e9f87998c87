// ketrew-supervisor DIRECTORY: the parent of this machine's jobs of one home, and its guardian.
//
// Returns 0 when it serves (in the background), or when another one does already; else 1 with the
// reason on stderr. Backends start it on demand; nobody else has to.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "backends/daemonize/supervisor/guardian.hpp"
#include "core/host/process_identity.hpp"

namespace ketrew::daemonize {
namespace {

struct Arguments {
  std::string directory;
  int idle_ms = 60000;
  int lock = -1, listening = -1;  // from the supervisor that becomes a guardian
};

Result<Arguments> parse(int argc, char** argv) {
  Arguments arguments;
  if (argc < 2 || argv[1][0] != '/')
    return fail(ErrorKind::invalid, "usage: ketrew-supervisor /ABSOLUTE/DIRECTORY [--idle-ms N]");
  arguments.directory = argv[1];
  for (int i = 2; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--idle-ms" && i + 1 < argc) {
      arguments.idle_ms = std::atoi(argv[++i]);
    } else if (word == "--inherit" && i + 2 < argc) {
      arguments.lock = std::atoi(argv[++i]);
      arguments.listening = std::atoi(argv[++i]);
    } else {
      return fail(ErrorKind::invalid, "unknown argument " + std::string(word));
    }
  }
  return arguments;
}

Result<Fd> listen_at(const std::string& directory) {
  // Through /proc/self/fd: the path of a home may be longer than a socket's address can be.
  const Fd folder(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return fail_errno("open " + directory, errno);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/socket", folder.get());
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return fail_errno("socket", errno);
  ::unlinkat(folder.get(), "socket", 0);
  if (::bind(socket.get(), static_cast<sockaddr*>(static_cast<void*>(&address)), sizeof address) !=
      0)
    return fail_errno("bind " + directory + "/socket", errno);
  ::fchmodat(folder.get(), "socket", 0600, 0);
  if (::listen(socket.get(), 64) != 0) return fail_errno("listen", errno);
  return socket;
}

// The guardian inherits as little as it can of whoever started it.
void clean_process() {
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

Result<> open_home(Home& home) {
  auto boot = host::boot_id();
  if (!boot) return pass(boot.error());
  home.boot = *boot;
  auto table = SlotTable::open(home.directory + "/slots");
  if (!table) return pass(table.error());
  home.table = std::move(*table);
  home.news = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!home.news) return fail_errno("eventfd", errno);
  if (home.listening) return {};
  auto listening = listen_at(home.directory);
  if (!listening) return pass(listening.error());
  home.listening = std::move(*listening);
  return {};
}

void detach(const std::string& directory) {
  ::setsid();
  static_cast<void>(!::chdir("/"));
  const std::string log = directory + "/log";
  struct stat st {};
  if (::stat(log.c_str(), &st) == 0 && st.st_size > (1 << 20))
    ::rename(log.c_str(), (log + ".old").c_str());
  const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const Fd file(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  ::dup2(null.get(), STDIN_FILENO);
  ::dup2(null.get(), STDOUT_FILENO);
  ::dup2(file ? file.get() : null.get(), STDERR_FILENO);
}

int run(int argc, char** argv) {
  clean_process();
  const auto complain = [](const Error& error) {
    std::fprintf(stderr, "ketrew-supervisor: %s\n", error.text().c_str());
    return 1;
  };
  const auto arguments = parse(argc, argv);
  if (!arguments) return complain(arguments.error());
  Home home;
  home.directory = arguments->directory;
  home.idle_ms = arguments->idle_ms;
  if (arguments->lock >= 0) {
    home.lock = Fd(arguments->lock);
    home.listening = Fd(arguments->listening);
    for (const int fd : {arguments->lock, arguments->listening}) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    if (const auto opened = open_home(home); !opened) return complain(opened.error());
    return guard(home);
  }
  // 0, 1 and 2 exist from here on, and nothing else.
  while (true) {
    const int fd = ::open("/dev/null", O_RDWR);
    if (fd < 0 || fd > 2) {
      if (fd > 2) ::close(fd);
      break;
    }
  }
  ::close_range(3, ~0u, 0);

  if (const auto made = make_directories(home.directory); !made) return complain(made.error());
  const std::string lock = home.directory + "/lock";
  home.lock = Fd(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!home.lock)
    return complain(Error{ErrorKind::unavailable, lock + ": " + std::strerror(errno), {}});
  if (::flock(home.lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return 0;  // another one serves
    return complain(Error{ErrorKind::unavailable, lock + ": " + std::strerror(errno), {}});
  }
  if (const auto opened = open_home(home); !opened) return complain(opened.error());
  // The socket accepts from here on; whoever started us need not wait for more.
  const pid_t child = ::fork();
  if (child < 0) return complain(Error{ErrorKind::unavailable, std::strerror(errno), {}});
  if (child > 0) ::_exit(0);
  detach(home.directory);
  return guard(home);
}

}  // namespace
}  // namespace ketrew::daemonize

int main(int argc, char** argv) { return ketrew::daemonize::run(argc, argv); }
