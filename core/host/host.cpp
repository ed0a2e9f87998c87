#include "core/host/host.hpp"

#include <cerrno>
#include <charconv>
#include <random>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/host/shell_answer.hpp"
#include "core/host/shell_functions.hpp"
#include "core/host/ssh.hpp"

namespace ketrew::host {
namespace {

std::string nonce() {
  std::random_device random;
  return std::to_string((static_cast<std::uint64_t>(random()) << 32) | random());
}

Result<FileRange> read_local(const std::string& path, std::int64_t offset, std::int64_t limit) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd) return fail_errno("read " + path, errno);
  struct stat st {};
  if (::fstat(fd.get(), &st) != 0) return fail_errno("read " + path, errno);
  FileRange range;
  range.size = st.st_size;
  range.offset = std::clamp<std::int64_t>(offset < 0 ? range.size + offset : offset, 0, range.size);
  const std::int64_t wanted = std::min(std::max<std::int64_t>(limit, 0), range.size - range.offset);
  range.text.resize(static_cast<std::size_t>(wanted));
  std::size_t done = 0;
  while (done < range.text.size()) {
    const ssize_t size = ::pread(fd.get(), range.text.data() + done, range.text.size() - done,
                                 range.offset + static_cast<off_t>(done));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail_errno("read " + path, errno);
    if (size == 0) break;
    done += static_cast<std::size_t>(size);
  }
  range.text.resize(done);
  return range;
}

}  // namespace

Host::Host(HostUri uri, std::string control_directory)
    : uri_(std::move(uri)), control_directory_(std::move(control_directory)) {}

std::string Host::words() const { return uri_.is_local() ? "this machine" : uri_.endpoint(); }

Milliseconds Host::timeout() const {
  return std::chrono::seconds(uri_.timeout_seconds.value_or(default_timeout_seconds));
}

Result<ShellOutput> Host::run(std::string_view text, std::optional<Milliseconds> deadline) const {
  const std::string mark = nonce();
  const std::string input = frame_shell_text(text, mark);
  std::vector<std::string> argv = uri_.shell;
  if (argv.empty()) {
    argv = {"/bin/sh", "-s"};
  } else {
    argv.push_back("exec /bin/sh -s");
  }
  if (!uri_.is_local()) {
    if (const auto made = make_directories(control_directory_); !made) return pass(made.error());
    argv = ssh_command(uri_, control_directory_, "exec " + shell_quote(argv));
  }
  CommandLimits limits;
  limits.deadline = deadline.value_or(timeout());
  // Whoever finds no shared connection makes it, and is given the time for that in addition: else a
  // host that takes longer to connect to than a command may take would never be reached.
  if (!uri_.is_local() && ::access(control_path(uri_, control_directory_).c_str(), F_OK) != 0)
    limits.deadline += std::chrono::seconds(connect_seconds);
  auto ran = run_command(argv, input, limits);
  if (!ran) return pass(ran.error());
  return read_shell_answer(*ran, mark, words());
}

Result<> Host::put(std::span<const NewFile> files) const {
  std::string text;
  for (const auto& file : files) {
    const std::string path = shell_quote(file.path), temporary = shell_quote(file.path + ".tmp");
    char mode[8];
    std::snprintf(mode, sizeof mode, "%o", static_cast<unsigned>(file.mode & 07777));
    text += "(umask 077 && printf %s " + shell_quote(file.content) + " >" + temporary + ") &&\n" +
            "[ $(wc -c <" + temporary + ") -eq " + std::to_string(file.content.size()) +
            " ] && chmod " + mode + " " + temporary + " && mv -f " + temporary + " " + path +
            " || { rm -f " + temporary + "; echo " + path + "; return 1; }\n";
  }
  const auto ran = run(text);
  if (!ran) return pass(ran.error());
  if (ran->exit_code != 0)
    return fail(ErrorKind::unavailable,
                words() + ": cannot write " + one_line(ran->out + " " + ran->err));
  return {};
}

std::vector<Result<std::string>> Host::get(std::span<const std::string> paths,
                                           std::size_t limit) const {
  std::vector<Result<std::string>> results;
  if (uri_.is_local()) {
    for (const auto& path : paths) results.push_back(read_file(path, limit));
    return results;
  }
  std::string text(absent_function);
  for (const auto& path : paths) {
    const std::string word = shell_quote(path);
    text += "if ketrew_size=$(wc -c <" + word + ") 2>/dev/null; then\n" +
            "  [ \"$ketrew_size\" -le " + std::to_string(limit) +
            " ] || ketrew_size=" + std::to_string(limit) + "\n" +
            "  echo here $ketrew_size\n  head -c $ketrew_size " + word + "\n  echo\n" +
            "elif ketrew_absent " + word + "; then echo absent\nelse echo unreadable\nfi\n";
  }
  const auto ran = run(text);
  if (!ran) return std::vector<Result<std::string>>(paths.size(), pass(ran.error()));
  return read_files_answer(ran->out, paths, words());
}

Result<FileRange> Host::read(const std::string& path, std::int64_t offset,
                             std::int64_t limit) const {
  if (uri_.is_local()) return read_local(path, offset, limit);
  const std::string word = shell_quote(path),
                    count = std::to_string(std::max<std::int64_t>(limit, 0));
  std::string text(absent_function);
  text += "ketrew_offset=" + std::to_string(offset) + "\n" + "if ketrew_size=$(wc -c <" + word +
          ") 2>/dev/null; then\n" +
          "  [ $ketrew_offset -ge 0 ] || ketrew_offset=$((ketrew_size + ketrew_offset))\n" +
          "  [ $ketrew_offset -ge 0 ] || ketrew_offset=0\n" +
          "  [ $ketrew_offset -le $ketrew_size ] || ketrew_offset=$((ketrew_size))\n" +
          "  echo $ketrew_offset $((ketrew_size))\n" + "  tail -c +$((ketrew_offset + 1)) " + word +
          " | head -c " + count + "\n" + "elif ketrew_absent " + word +
          "; then return 3\nelse return 4\nfi\n";
  const auto ran = run(text);
  if (!ran) return pass(ran.error());
  if (ran->exit_code == 3) return fail(ErrorKind::not_found, words() + ": no file " + path);
  const auto line = ran->out.find('\n');
  const auto fields = split(std::string_view(ran->out).substr(0, line), ' ');
  FileRange range;
  if (ran->exit_code == 4 || line == std::string::npos || fields.size() != 2)
    return fail(ErrorKind::unavailable,
                words() + ": cannot read " + path + ": " + one_line(ran->err));
  std::from_chars(fields[0].data(), fields[0].data() + fields[0].size(), range.offset);
  std::from_chars(fields[1].data(), fields[1].data() + fields[1].size(), range.size);
  range.text = ran->out.substr(line + 1);
  return range;
}

}  // namespace ketrew::host
