#include "app/ketrew-condition-worker/worker.hpp"

#include <cerrno>
#include <thread>

#include <unistd.h>

#include "app/ketrew-condition-worker/condition_script.hpp"
#include "core/base/file.hpp"
#include "core/host/host.hpp"
#include "core/host/playground_sweep.hpp"
#include "core/protocol/initialize.hpp"
#include "core/protocol/line_reader.hpp"

namespace ketrew::conditions {
namespace {

using protocol::ErrorCode;

struct Question {
  HostUri host;
  std::vector<Condition> conditions;
};

Result<Question> question_from(const std::string& params) {
  const Json json = Json::parse(params, nullptr, false);
  if (!json.is_object() || !json.contains("host") || !json["host"].is_string() ||
      !json.contains("conditions") || !json["conditions"].is_array())
    return fail(ErrorKind::invalid, "evaluate takes {\"host\": URI, \"conditions\": [...]}");
  Question question;
  auto host = parse_host_uri(json["host"].get<std::string>());
  if (!host) return pass(host.error());
  question.host = std::move(*host);
  for (const Json& each : json["conditions"]) {
    auto condition = condition_from_json(each);
    if (!condition) return pass(condition.error());
    question.conditions.push_back(std::move(*condition));
  }
  return question;
}

struct Playgrounds {
  HostUri host;
  std::vector<std::string> tokens;  // of `remove`
  host::Removed what = host::Removed::playground;
};

Result<Playgrounds> playgrounds_from(const std::string& params) {
  const Json json = Json::parse(params, nullptr, false);
  if (!json.is_object() || !json.contains("host") || !json["host"].is_string())
    return fail(ErrorKind::invalid, "no \"host\"");
  Playgrounds asked;
  auto host = parse_host_uri(json["host"].get<std::string>());
  if (!host) return pass(host.error());
  asked.host = std::move(*host);
  if (json.contains("tokens") && json["tokens"].is_array())
    for (const Json& token : json["tokens"])
      if (token.is_string()) asked.tokens.push_back(token.get<std::string>());
  if (json.contains("unfinished") && json["unfinished"] == true) asked.what = host::Removed::unfinished;
  return asked;
}

Result<std::vector<Verdict>> ask(const Question& question, const std::string& control_directory) {
  const host::Host host(question.host, control_directory);
  const auto ran = host.run(script_of(question.conditions));
  if (!ran) return pass(ran.error());
  return verdicts_from(ran->out, question.conditions);
}

}  // namespace

int Worker::serve(int input) {
  protocol::LineReader reader;
  std::vector<char> buffer(std::size_t{256} << 10);
  while (!shutdown_) {
    const ssize_t got = ::read(input, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    const auto fed = reader.feed({buffer.data(), static_cast<std::size_t>(got)});
    while (!shutdown_) {
      const auto line = reader.next();
      if (!line) break;
      take_line(*line);
    }
    if (!fed) break;
  }
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [this] { return under_way_ == 0; });
  return 0;
}

void Worker::take_line(std::string_view line) {
  if (trim(line).empty()) return;
  const auto message = protocol::parse_message(line);
  if (!message) return refuse("null", ErrorCode::parse_error, message.error().text());
  if (const auto* request = std::get_if<protocol::Request>(&*message)) take_request(*request);
}

void Worker::take_request(const protocol::Request& request) {
  if (request.method == "initialize") {
    const auto params = protocol::initialize_params_from(request.params);
    if (!params) return refuse(request.id, ErrorCode::invalid_params, params.error().text());
    control_directory_ = path_join(params->home, "conditions");
    protocol::InitializeResult result;
    result.name = "conditions";
    result.version = KETREW_VERSION;
    result.options_schema.text = R"({"type":"object"})";
    std::string line;
    protocol::append_response(line, request.id, protocol::to_text(result));
    return answer(line);
  }
  if (request.method == "shutdown") {
    std::string line;
    protocol::append_response(line, request.id, "{}");
    answer(line);
    shutdown_ = true;
    return;
  }
  void (Worker::*method)(const std::string&, const std::string&) =
      request.method == "evaluate" ? &Worker::evaluate
      : request.method == "sweep"  ? &Worker::sweep
      : request.method == "remove" ? &Worker::remove
                                   : nullptr;
  if (!method) return refuse(request.id, ErrorCode::unknown_method, "no such method");
  {
    const std::lock_guard lock(mutex_);
    ++under_way_;
  }
  std::thread([this, method, id = std::string(request.id), params = std::string(request.params)] {
    (this->*method)(id, params);
    const std::lock_guard lock(mutex_);
    --under_way_;
    ended_.notify_all();
  }).detach();
}

void Worker::evaluate(const std::string& id, const std::string& params) {
  const auto question = question_from(params);
  if (!question) return refuse(id, ErrorCode::invalid_params, question.error().text());
  const auto verdicts = ask(*question, control_directory_);
  // The host is away: that says nothing of any of them.
  if (!verdicts && verdicts.error().kind == ErrorKind::unavailable)
    return cannot_tell(id, verdicts.error());
  if (!verdicts) return refuse(id, ErrorCode::failed, verdicts.error().text());
  Json list = Json::array();
  for (const auto& verdict : *verdicts) {
    Json each{{"verdict", to_string(verdict.word)}};
    if (!verdict.evidence.empty()) each["evidence"] = to_json(verdict.evidence);
    list.push_back(std::move(each));
  }
  respond(id, Json{{"verdicts", std::move(list)}});
}

// An error has been answered already.
Result<host::ShellOutput> Worker::run(const std::string& id, const HostUri& uri,
                                      const std::string& text) {
  auto ran = host::Host(uri, control_directory_).run(text);
  if (!ran) cannot_tell(id, ran.error());
  return ran;
}

void Worker::sweep(const std::string& id, const std::string& params) {
  const auto asked = playgrounds_from(params);
  if (!asked) return refuse(id, ErrorCode::invalid_params, asked.error().text());
  const auto ran = run(id, asked->host, host::sweep_text(asked->host.playground));
  if (!ran) return;
  const auto swept = host::read_sweep(ran->out);
  if (!swept) return cannot_tell(id, swept.error());
  Json list = Json::array();
  for (const auto& one : *swept)
    list.push_back({{"token", one.token},
                    {"stand", one.stand == host::PlaygroundStand::over   ? "over"
                              : one.stand == host::PlaygroundStand::open ? "open"
                                                                         : "bare"},
                    {"unfinished", one.unfinished}});
  respond(id, Json{{"playgrounds", std::move(list)}});
}

void Worker::remove(const std::string& id, const std::string& params) {
  const auto asked = playgrounds_from(params);
  if (!asked) return refuse(id, ErrorCode::invalid_params, asked.error().text());
  const auto ran = run(id, asked->host, host::remove_text(asked->host.playground, asked->tokens, asked->what));
  if (ran) respond(id, Json{{"removed", host::read_removed(ran->out)}});
}

void Worker::cannot_tell(std::string_view id, const Error& why) {
  respond(id, Json{{"cannot_tell", to_valid_utf8(why.text())}});
}

void Worker::respond(std::string_view id, const Json& result) {
  std::string line;
  protocol::append_response(line, id,
                            result.dump(-1, ' ', false, Json::error_handler_t::replace));
  answer(line);
}

void Worker::refuse(std::string_view id, ErrorCode code, std::string_view why) {
  std::string line;
  protocol::append_error(line, id, code, why);
  answer(line);
}

void Worker::answer(const std::string& line) {
  const std::lock_guard lock(mutex_);
  std::size_t done = 0;
  while (done < line.size()) {
    const ssize_t size = ::write(output_, line.data() + done, line.size() - done);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return;  // the daemon is gone: the end of the input follows
    done += static_cast<std::size_t>(size);
  }
}

}  // namespace ketrew::conditions
