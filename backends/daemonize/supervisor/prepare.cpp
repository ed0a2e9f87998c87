#include "backends/daemonize/supervisor/prepare.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/daemonize/supervisor/publish.hpp"
#include "core/base/clock.hpp"
#include "core/base/text.hpp"
#include "core/host/exit_record.hpp"

namespace ketrew::daemonize {
namespace {

tl::unexpected<Refusal> refuse(const std::string& doing, int error) {
  const bool for_ever = error == EACCES || error == EPERM || error == ENOTDIR ||
                        error == ENAMETOOLONG || error == ELOOP;
  return tl::unexpected<Refusal>(
      Refusal{for_ever ? wire::StartAnswer::refused_for_ever : wire::StartAnswer::refused_for_now,
              doing + ": " + std::strerror(error)});
}

// 0, or the errno of what went wrong.
int make_file(int directory, const char* name, mode_t mode, std::string_view content, Fd* keep) {
  Fd fd(::openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
                 mode));
  if (!fd) return errno;
  while (!content.empty()) {
    const ssize_t n = ::write(fd.get(), content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  if (keep) *keep = std::move(fd);
  return 0;
}

void fill_environment(Prepared& prepared, const wire::Start& start, const std::string& playground) {
  auto& own = prepared.storage;
  own.push_back("KETREW_PLAYGROUND=" + playground);
  own.push_back("KETREW_JOB_ID=" + start.job_id);
  own.push_back("KETREW_ATTEMPT=" + std::to_string(start.attempt));
  own.push_back("KETREW_TOKEN=" + start.token);
  for (const auto& variable : start.environment) own.push_back(variable);
  const auto name_of = [](std::string_view text) { return text.substr(0, text.find('=') + 1); };
  const auto is_own = [&](std::string_view variable) {
    for (const auto& other : own)
      if (name_of(other) == name_of(variable)) return true;
    return false;
  };
  for (const auto& variable : *prepared.base_environment)
    if (!is_own(variable)) prepared.environment.push_back(const_cast<char*>(variable.c_str()));
  for (auto& variable : own) prepared.environment.push_back(variable.data());
  prepared.environment.push_back(nullptr);
}

void fill_programs(Prepared& prepared, const std::string& program) {
  if (program.find('/') != std::string::npos) {
    prepared.programs.push_back(program);
    return;
  }
  std::string_view path = "/usr/local/bin:/usr/bin:/bin";
  for (const char* variable : prepared.environment)
    if (variable && std::string_view(variable).substr(0, 5) == "PATH=") path = variable + 5;
  for (const auto& folder : split(path, ':'))
    prepared.programs.push_back(path_join(folder.empty() ? "." : folder, program));
}

}  // namespace

std::string claim_mark(const Slot& slot, std::uint32_t index) {
  return std::to_string(slot.generation) + "-" + std::to_string(index);
}

void unprepare(const std::string& playground) {
  // The claim goes last: until then nobody else believes that the token is free.
  for (const char* name : {"script", "out", "err", "log", "claim"})
    ::unlink((playground + "/" + name).c_str());
  ::rmdir(playground.c_str());
}

tl::expected<std::unique_ptr<Prepared>, Refusal> prepare(
    SlotTable& table, std::uint32_t index, const wire::Start& start, const std::string& boot,
    std::shared_ptr<const std::vector<std::string>> base_environment) {
  Slot& slot = table[index];
  const std::string path = table.playground(slot);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    if (errno != ENOENT) return refuse("make " + path, errno);
    if (const auto made = make_directories(start.root); !made)
      return tl::unexpected<Refusal>(Refusal{made.error().kind == ErrorKind::denied
                                                 ? wire::StartAnswer::refused_for_ever
                                                 : wire::StartAnswer::refused_for_now,
                                             made.error().what});
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return refuse("make " + path, errno);
  }
  auto prepared = std::make_unique<Prepared>();
  prepared->slot = index;
  prepared->token = start.token;
  prepared->playground = Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!prepared->playground) return refuse("open " + path, errno);
  const int directory = prepared->playground.get();

  // The claim comes first, and only one can make it.
  Fd claim(::openat(directory, "claim", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!claim && errno == EEXIST)
    return tl::unexpected<Refusal>(Refusal{wire::StartAnswer::existing, "claimed before"});
  if (!claim) return refuse("create " + path + "/claim", errno);
  host::ClaimRecord record;
  record.by = "supervisor";
  record.process.boot = boot;
  record.mark = claim_mark(slot, index);
  if (const auto written = write_all(claim.get(), to_text(record)); !written) {
    unprepare(path);
    return tl::unexpected<Refusal>(
        Refusal{wire::StartAnswer::refused_for_now, path + "/claim: " + written.error().what});
  }
  claim.reset();
  slot.step.store(Step::claimed);

  const std::string time = to_rfc3339(wall_now());
  std::string log = time + " start by=supervisor job=" + start.job_id +
                    " attempt=" + std::to_string(start.attempt) + "\n";
  if (start.log_command) log += time + " command 1 begin\n";
  int error = make_file(directory, "script", 0700, start.script, nullptr);
  if (error == 0) error = make_file(directory, "out", 0600, {}, &prepared->out);
  if (error == 0) error = make_file(directory, "err", 0600, {}, &prepared->err);
  if (error == 0) error = make_file(directory, "log", 0600, log, nullptr);
  if (error != 0) {
    unprepare(path);
    return refuse("files in " + path, error);
  }
  slot.flags.store(start.log_command ? flag_log_command : 0);

  prepared->base_environment = std::move(base_environment);
  prepared->directory = start.directory;
  prepared->storage.reserve(start.argv.size() + start.environment.size() + 8);
  for (const auto& word : start.argv) prepared->storage.push_back(word);
  for (auto& word : prepared->storage) prepared->argv.push_back(word.data());
  prepared->argv.push_back(nullptr);
  const std::size_t words = prepared->storage.size();
  fill_environment(*prepared, start, path);
  if (words > 0) fill_programs(*prepared, start.argv.front());
  // As execvp: what the kernel does not know is for the shell, with the path it was found under.
  static char shell[] = "/bin/sh";
  prepared->shell_argv.push_back(shell);
  prepared->shell_argv.push_back(nullptr);
  for (std::size_t i = 1; i < prepared->argv.size(); ++i)
    prepared->shell_argv.push_back(prepared->argv[i]);
  return prepared;
}

}  // namespace ketrew::daemonize
