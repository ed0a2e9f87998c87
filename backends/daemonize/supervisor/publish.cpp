#include "backends/daemonize/supervisor/publish.hpp"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/file.hpp"
#include "core/host/exit_record.hpp"

namespace ketrew::daemonize {

wire::End end_of(const Slot& slot) {
  wire::End end;
  const int status = slot.wait_status.load();
  if (slot.wait_code.load() == CLD_EXITED) {
    end.code = status & 0xff;
  } else {
    end.signal = status;
  }
  end.started_ms = slot.started_ms.load();
  end.ended_ms = slot.ended_ms.load();
  end.max_rss_bytes = slot.max_rss_bytes.load();
  end.cpu_ms = slot.cpu_ms.load();
  if (const int error = slot.start_error.load(); error != 0)
    end.note = std::string("the program could not be started: ") + std::strerror(error);
  if (slot.kill_at_ms.load() != 0) end.note = "ended after a kill was asked for";
  if (slot.flags.load() & flag_survivors)
    end.note += "; some of its processes did not die of SIGKILL";
  return end;
}

Result<> publish(const SlotTable& table, const Slot& slot) {
  const std::string playground = table.playground(slot);
  const wire::End end = end_of(slot);
  host::ExitRecord record;
  if (end.code >= 0) record.code = end.code;
  if (end.code < 0) record.signal = end.signal;
  if (end.started_ms > 0) record.started = from_unix_milliseconds(end.started_ms);
  record.ended = from_unix_milliseconds(end.ended_ms);
  if (end.max_rss_bytes > 0) record.max_rss_bytes = end.max_rss_bytes;
  record.cpu_ms = end.cpu_ms;
  record.note = end.note;

  const Fd directory(::open(playground.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return fail_errno("open " + playground, errno);
  const std::string how =
      end.code >= 0 ? "code=" + std::to_string(end.code) : "signal=" + std::to_string(end.signal);
  std::string lines;
  const std::string time = to_rfc3339(*record.ended);
  if (slot.flags.load() & flag_log_command) lines = time + " command 1 end " + how + "\n";
  lines += time + " end " + how + "\n";
  // The log is for people: where it cannot be written, `exit` still can be the proof.
  if (const Fd log(::openat(directory.get(), "log", O_WRONLY | O_APPEND | O_CLOEXEC)); log)
    static_cast<void>(write_all(log.get(), lines));

  const Fd file(
      ::openat(directory.get(), "exit.tmp", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file) return fail_errno("create " + playground + "/exit.tmp", errno);
  if (const auto written = write_all(file.get(), to_text(record)); !written) {
    ::unlinkat(directory.get(), "exit.tmp", 0);
    return fail(written.error(), playground + "/exit.tmp");
  }
  if (::renameat(directory.get(), "exit.tmp", directory.get(), "exit") != 0)
    return fail_errno("rename to " + playground + "/exit", errno);
  return {};
}

}  // namespace ketrew::daemonize
