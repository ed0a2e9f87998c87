// A machine to run commands on and keep files on: this one, or one behind ssh. Each function is one
// command, whatever it carries.
//
// All block, up to the URI's `timeout` (40 s by default; 20 s more where ssh has no connection yet)
// or the `deadline` that is given in its place, and are thread-safe. Errors of all:
// `unavailable` (unreachable; the words are ssh's own), `timeout`, `corrupt` (an answer that is cut
// or not to be understood). What was asked for may have happened then.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/host/command.hpp"
#include "core/model/host_uri.hpp"

namespace ketrew::host {

struct ShellOutput {
  int exit_code = 0;
  std::string out, err;
};

struct FileRange {
  std::string text;
  std::int64_t offset = 0, size = 0;  // where `text` begins; of the whole file
};

struct NewFile {
  std::string path, content;
  int mode = 0600;
};

class Host {
 public:
  // `control_directory`: absolute, private to the user, for the sockets of shared connections; made
  // if it is missing.
  Host(HostUri uri, std::string control_directory);

  const HostUri& uri() const { return uri_; }
  Milliseconds timeout() const;  // of a command, connecting apart
  std::string words() const;  // "this machine", "me@login1:22"

  // Runs a POSIX shell text, in a function: use `return`, not `exit`. It is never run in part: a
  // connection that breaks while it is sent runs nothing.
  Result<ShellOutput> run(std::string_view text, std::optional<Milliseconds> deadline = {}) const;

  // Whole or not at all, each; not_found and the like are not distinguished: an error says why.
  Result<> put(std::span<const NewFile> files) const;
  // For each: its content, not_found (proven absent), or another error (cannot be read).
  std::vector<Result<std::string>> get(std::span<const std::string> paths,
                                       std::size_t limit = 1 << 20) const;
  // Some bytes of one file; a negative offset counts from its end.
  Result<FileRange> read(const std::string& path, std::int64_t offset, std::int64_t limit) const;

 private:
  HostUri uri_;
  std::string control_directory_;
};

}  // namespace ketrew::host
