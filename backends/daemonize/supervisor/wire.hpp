// The supervisor's protocol: frames on a Unix stream socket, in the byte order of the machine that
// both ends share. A frame is a 32-bit size of what follows it, a byte that says which, and the
// body; texts have a 32-bit size in front. Any number of frames in either direction at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ketrew::daemonize::wire {

inline constexpr std::uint32_t version = 1;
inline constexpr std::size_t frame_limit = std::size_t{64} << 20;

enum class Kind : std::uint8_t {
  // from the backend
  hello = 1,  // version; the environment of jobs started from here on
  start,      // answered by `started`, in the order asked
  find,       // answered by `found`, after every start that came before it on any connection
  look,       // answered by `looked`
  kill,       // answered by `killed`
  leave,      // go, guardian and all; jobs go on
  // from the supervisor
  welcome = 64,
  started,
  found,
  looked,
  killed,
  ended,  // unasked, to every connection
  lost,   // unasked: it is over, and nobody saw how (both parents had been killed)
};

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}
  void begin(Kind kind);  // each begin() has its end()
  void end();
  void byte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void u32(std::uint32_t value) { raw(&value, sizeof value); }
  void u64(std::uint64_t value) { raw(&value, sizeof value); }
  void i64(std::int64_t value) { raw(&value, sizeof value); }
  void text(std::string_view value);
  void texts(const std::vector<std::string>& values);

 private:
  void raw(const void* data, std::size_t size) {
    out_.append(static_cast<const char*>(data), size);
  }
  std::string& out_;
  std::size_t frame_ = 0;
};

// Reads a body. After the first thing that is not there every read gives zeros: ask ok() at the
// end.
class Reader {
 public:
  explicit Reader(std::string_view body) : rest_(body) {}
  std::uint8_t byte();
  std::uint32_t u32();
  std::uint64_t u64();
  std::int64_t i64();
  std::string_view text();
  std::vector<std::string> texts();
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

 private:
  void raw(void* into, std::size_t size);
  std::string_view rest_;
  bool ok_ = true;
};

struct Frame {
  Kind kind;
  std::string_view body;
};

enum class Cut { frame, more, broken };  // one taken; incomplete; not this protocol
// Takes the first frame off `bytes` (which keeps owning the body).
Cut cut_frame(std::string_view& bytes, Frame& frame);

// --- what the bodies hold ---------------------------------------------------------------------

struct Start {
  std::string token, root;
  std::string job_id;
  std::uint32_t attempt = 0, grace_ms = 0;
  std::string directory;                 // empty: the playground
  std::vector<std::string> environment;  // NAME=VALUE, over that of `hello`
  std::vector<std::string> argv;
  std::string script;       // the content of the playground's `script`
  bool log_command = true;  // false: the script writes a log line for each of its commands itself
};
void write(Writer& writer, const Start& start);
std::optional<Start> read_start(std::string_view body);

struct Process {
  std::int32_t pid = 0;
  std::uint64_t start_ticks = 0;
};

enum class StartAnswer : std::uint8_t { started = 0, existing, refused_for_now, refused_for_ever };
struct Started {
  std::string token;
  StartAnswer answer = StartAnswer::refused_for_now;
  Process process;
  std::string why;
};
void write(Writer& writer, const Started& started);
std::optional<Started> read_started(std::string_view body);

enum class FindAnswer : std::uint8_t { here = 0, claimed, absent, cannot_tell };
struct Found {
  std::string token;
  FindAnswer answer = FindAnswer::cannot_tell;
  Process process;
  std::string why;
};
void write(Writer& writer, const Found& found);
std::optional<Found> read_found(std::string_view body);

// How a job ended; the same words are in the playground's exit file.
struct End {
  std::int32_t code = -1, signal = 0;  // code -1: by the signal
  std::int64_t started_ms = 0, ended_ms = 0;
  std::uint64_t max_rss_bytes = 0, cpu_ms = 0;
  std::string note;
};
void write(Writer& writer, const End& end);
End read_end(Reader& reader);

enum class LookAnswer : std::uint8_t { unknown = 0, starting, running, killing, ended };
struct Looked {
  std::string token;
  LookAnswer answer = LookAnswer::unknown;
  Process process;
  std::int64_t started_ms = 0;
  End end;
};
void write(Writer& writer, const Looked& looked);
Looked read_looked(Reader& reader);

enum class KillAnswer : std::uint8_t { sent = 0, over, starting, unknown };

}  // namespace ketrew::daemonize::wire
