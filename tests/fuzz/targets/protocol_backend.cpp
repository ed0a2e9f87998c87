// The backend's end of the protocol, as the SDK reads it for its authors.
#include "backends/sdk/backend.hpp"
#include "core/protocol/message.hpp"
#include "core/protocol/raw_json.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace ketrew::fuzz {
namespace {

// Says yes to everything, and gives back what it was given.
class Echo final : public sdk::Backend<Json> {
  StartResult start(const StartRequest& request) override {
    return Started{{{"token", request.token}, {"options", request.options}}};
  }
  FindResult find(const FindRequest& request) override { return Found{request.options}; }
  void update(const HostUri&, std::span<Job> jobs) override {
    for (auto& job : jobs) job.observation = observed::Running{job.token, {}};
  }
  void kill(const HostUri&, std::span<KillJob> jobs) override {
    for (auto& job : jobs) job.answer = sdk::KillWord::sent;
  }
  std::vector<sdk::QueryDescription> queries(const HostUri&, const Json&) override {
    return {{"state", "its state"}};
  }
  Result<sdk::QueryAnswer> query(const HostUri&, const std::string&, const Json& state,
                                 const sdk::QueryRequest&) override {
    return sdk::QueryAnswer{state.dump(), 0, {}};
  }
};

Result<std::string> ask(sdk::Module& module, const protocol::Request& request) {
  const std::string list = "[" + std::string(request.params) + "]";
  if (request.method == "initialize") return module.initialize_text(request.params);
  if (request.method == "start") return module.start_text(list);
  if (request.method == "find") return module.find_text(list);
  if (request.method == "update") return module.update_text(request.params);
  if (request.method == "kill") return module.kill_text(request.params);
  if (request.method == "queries") return module.queries_text(request.params);
  if (request.method == "query") return module.query_text(request.params);
  if (request.method == "inventory") return module.inventory_text(request.params);
  if (request.method == "log") return module.log_text(request.params);
  return fail(ErrorKind::not_found, "no such method");
}

}  // namespace
}  // namespace ketrew::fuzz

FUZZ_TARGET(protocol_backend) {
  for (const auto& line : split(std::string(input), '\n')) {
    const auto message = protocol::parse_message(line);
    const auto* request = message ? std::get_if<protocol::Request>(&*message) : nullptr;
    if (!request) continue;
    Echo backend;
    const auto answer = ask(backend, *request);
    if (answer) must(protocol::check_json(*answer).has_value(), "an answer is JSON");
    std::string out;
    if (answer) protocol::append_response(out, request->id, *answer);
    else protocol::append_error(out, request->id, protocol::ErrorCode::failed, answer.error().text());
    out.pop_back();
    must(out.find('\n') == std::string::npos, "an answer is one line");
    must(protocol::parse_message(out).has_value(), "an answer is a message");
  }
}
