#include "backends/daemonize/queries.hpp"

#include "core/host/playground.hpp"

namespace ketrew::daemonize {
namespace {

constexpr const char* check_process = "check-process";

// The file behind a query's name; empty: none.
std::string file_of(const std::string& query) {
  if (query == "stdout") return "out";
  if (query == "stderr") return "err";
  if (query == "log" || query == "script" || query == "exit" || query == "claim") return query;
  return {};
}

}  // namespace

std::vector<sdk::QueryDescription> query_descriptions() {
  return {{"stdout", "what it wrote to its standard output"},
          {"stderr", "what it wrote to its standard error"},
          {"log", "when each step of it began and ended"},
          {"script", "what was run"},
          {"exit", "how it ended"},
          {"claim", "who ran it"},
          {check_process, "its processes, as `ps` shows them now"}};
}

Result<sdk::QueryAnswer> ask(const host::Host& host, const std::string& token,
                             const JobState& state, const sdk::QueryRequest& request) {
  const auto playground = host::playground_of(host.uri(), token);
  if (request.name == check_process) {
    if (state.process.pid <= 0) return fail(ErrorKind::not_found, "its process is not known");
    const std::string pid = std::to_string(state.process.pid);
    // By session: whatever it started and has not sent away is in there.
    const auto ran = host.run("ps -o pid,ppid,pgid,sid,stat,etime,time,rss,args -s " + pid +
                              " 2>/dev/null || ps -o pid,ppid,pgid,stat,etime,time,args -g " + pid);
    if (!ran) return pass(ran.error());
    return sdk::QueryAnswer{ran->out, 0, {}};
  }
  const std::string file = file_of(request.name);
  if (file.empty()) return fail(ErrorKind::invalid, "no query \"" + request.name + "\"");
  auto range = host.read(playground.file(file), request.offset, request.limit);
  if (!range) return pass(range.error());
  return sdk::QueryAnswer{std::move(range->text), range->offset, range->size};
}

}  // namespace ketrew::daemonize
