#include "app/ketrewd/remote.hpp"

#include <cerrno>
#include <thread>

#include <signal.h>
#include <unistd.h>

#include "core/base/terminal_text.hpp"
#include "core/base/text.hpp"
#include "core/model/state.hpp"

namespace ketrew::daemon {
namespace {

using api::Answer;
using api::Exit;
using api::Target;

std::string shown(const Json& object, const char* key) {
  if (!object.is_object() || !object.contains(key)) return "";
  const Json& value = object[key];
  if (value.is_null()) return "";
  return escape_for_terminal(value.is_string()
                                 ? value.get<std::string>()
                                 : value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

const Json& at(const Json& object, const char* key) {
  static const Json none;
  return object.is_object() && object.contains(key) ? object[key] : none;
}

std::string counts(const Json& totals) {
  std::string text;
  for (const State state : all_states) {
    const Json& count = at(totals, std::string(to_string(state)).c_str());
    if (count.is_number_integer() && count.get<std::int64_t>() > 0)
      text += (text.empty() ? "" : ", ") + count.dump() + " " + std::string(to_string(state));
  }
  return text;
}

std::string backend_table(const Json& backends, bool colour) {
  std::vector<std::vector<Cell>> rows;
  rows.push_back({{"BACKEND", "2"},
                  {"STATE", "2"},
                  {"VERSION", "2"},
                  {"PID", "2", true},
                  {"RESTARTS", "2", true},
                  {"JOBS", "2"}});
  for (const Json& each : backends) {
    const std::string state = shown(each, "state"), problem = shown(each, "problem");
    const std::string jobs = counts(at(each, "jobs"));
    rows.push_back(
        {{shown(each, "name")},
         {state, state == "ready"      ? "32"
                 : state == "starting" ? "33"
                                       : "31"},
         {shown(each, "version")},
         {shown(each, "pid"), "", true},
         {shown(each, "restarts"), "", true},
         {problem.empty() ? jobs
                          : one_line(problem, 300) + (jobs.empty() ? "" : "  (" + jobs + ")")}});
  }
  return render_table(rows, 0, colour);
}

std::string option_table(const Json& backend, bool colour) {
  std::vector<std::vector<Cell>> rows;
  rows.push_back({{"OPTION", "2"}, {"TYPE", "2"}, {"DEFAULT", "2"}, {"", "2"}});
  const Json& properties = at(at(backend, "options_schema"), "properties");
  if (properties.is_object())
    for (const auto& [name, schema] : properties.items()) {
      std::string type = shown(schema, "type");
      if (at(schema, "enum").is_array()) {
        type.clear();
        for (const Json& word : schema["enum"])
          type += (type.empty() ? "" : "|") +
                  (word.is_string() ? escape_for_terminal(word.get<std::string>()) : word.dump());
      }
      rows.push_back({{escape_for_terminal(name), "1"},
                      {type},
                      {shown(schema, "default")},
                      {shown(schema, "description")}});
    }
  return rows.size() == 1 ? "It has no options.\n" : render_table(rows, 0, colour);
}

std::string status_text(const Json& status, const std::string& socket, bool colour) {
  const Json& daemon = at(status, "daemon");
  std::vector<std::vector<Cell>> rows;
  const auto add = [&](const char* label, const std::string& value) {
    if (!value.empty()) rows.push_back({{label, "2"}, {value}});
  };
  const auto since = parse_rfc3339(shown(daemon, "started_at"));
  add("ketrewd", shown(daemon, "version") + ", pid " + shown(daemon, "pid") +
                     (since ? ", started " + format_ago(*since, wall_now()) : ""));
  add("home", shown(daemon, "home"));
  add("socket", escape_for_terminal(socket));
  add("profile", shown(daemon, "profile"));
  const std::string jobs = counts(at(status, "totals"));
  add("jobs", jobs.empty() ? "none" : jobs);
  std::string text = render_table(rows, 0, colour);
  for (const Json& problem : at(daemon, "problems"))
    text += styled("! " + escape_for_terminal(one_line(
                              problem.is_string() ? problem.get<std::string>() : problem.dump())),
                   "33", colour) +
            "\n";
  if (const Json& backends = at(status, "backends"); backends.is_array() && !backends.empty())
    text += "\n" + backend_table(backends, colour);
  return text;
}

std::string reload_text(const Json& answer) {
  std::string text;
  for (const char* key : {"replaced", "unchanged", "problems"}) {
    std::vector<std::string> words;
    for (const Json& each : at(answer, key))
      words.push_back(
          escape_for_terminal(each.is_string() ? each.get<std::string>() : each.dump()));
    if (!words.empty())
      text += std::string(key) + ": " + join(words, key == std::string("problems") ? "; " : ", ") +
              "\n";
  }
  return text.empty() ? "nothing to replace\n" : text;
}

bool is_alive(const Json& pid) {
  return pid.is_number_integer() && (::kill(pid.get<pid_t>(), 0) == 0 || errno == EPERM);
}

class Remote {
 public:
  Remote(api::Client& client, bool json, bool colour, Milliseconds limit)
      : client_(client), json_(json), colour_(colour), limit_(limit) {}

  // What to print.
  Answer<std::string> run(const Stop&) {
    auto status = client_.get(Target("/v1/status"));
    if (!status) return pass(std::move(status.error()));
    const Json pid = at(at(*status, "daemon"), "pid");
    auto answer = client_.call({.method = "POST", .target = "/v1/stop", .body = Json::object()});
    if (!answer && answer.error().kind != api::Failure::Kind::lost)
      return pass(std::move(answer.error()));
    // It has answered, and leaves now: scripts want to start the next one right after us.
    const Mono deadline = MonoClock::now() + limit_;
    while (is_alive(pid) && MonoClock::now() < deadline)
      std::this_thread::sleep_for(Milliseconds(10));
    if (is_alive(pid))
      return api::fail_call(api::Failure::Kind::lost, ErrorKind::timeout,
                            "the daemon (pid " + pid.dump() + ") has not left yet",
                            "see its log in the home");
    return json_ ? text_of(Json{{"stopped", true}, {"pid", pid}})
                 : "stopped (pid " + pid.dump() + "); jobs go on\n";
  }
  Answer<std::string> run(const ShowStatus&) {
    auto answer = client_.get(Target("/v1/status"));
    if (!answer) return pass(std::move(answer.error()));
    return json_ ? text_of(*answer) : status_text(*answer, client_.socket_path(), colour_);
  }
  Answer<std::string> run(const Reload&) {
    auto answer = client_.call(
        {.method = "POST", .target = "/v1/reload", .body = Json::object(), .repeatable = true});
    if (!answer) return pass(std::move(answer.error()));
    failed_ = !at(*answer, "problems").empty();
    return json_ ? text_of(*answer) : reload_text(*answer);
  }
  Answer<std::string> run(const ShowBackends& asked) {
    Target target("/v1/backends");
    if (!asked.name.empty()) target.segment(asked.name);
    auto answer = client_.get(target);
    if (!answer) {
      // Exit code 4 is for jobs.
      if (answer.error().error.kind == ErrorKind::not_found)
        answer.error().error.kind = ErrorKind::invalid;
      return pass(std::move(answer.error()));
    }
    if (json_) return text_of(*answer);
    if (asked.name.empty()) return backend_table(at(*answer, "backends"), colour_);
    return backend_table(Json::array({*answer}), colour_) + "\n" + option_table(*answer, colour_);
  }
  Answer<std::string> run(const Backup& asked) {
    std::string file = asked.file;
    if (char buffer[4096]; !file.empty() && file[0] != '/' && ::getcwd(buffer, sizeof buffer))
      file = path_join(buffer, file);
    auto answer =
        client_.call({.method = "POST", .target = "/v1/backup", .body = Json{{"path", file}}});
    if (!answer) return pass(std::move(answer.error()));
    return json_ ? text_of(Json{{"path", file}}) : "copied to " + escape_for_terminal(file) + "\n";
  }
  Answer<std::string> run(const Start&) { return not_remote(); }
  Answer<std::string> run(const Check&) { return not_remote(); }
  Answer<std::string> run(const PrintText&) { return not_remote(); }
  bool failed() const { return failed_; }

 private:
  static std::string text_of(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  static Answer<std::string> not_remote() {
    return api::fail_call(api::Failure::Kind::broken, ErrorKind::internal,
                          "no command for a running daemon");
  }

  api::Client& client_;
  bool json_, colour_, failed_ = false;
  Milliseconds limit_;
};

}  // namespace

bool is_remote(const CommandLine& line) {
  return !std::holds_alternative<Start>(line.command) &&
         !std::holds_alternative<Check>(line.command) &&
         !std::holds_alternative<PrintText>(line.command);
}

int run_remote(const CommandLine& line, const std::string& socket_path, FILE* out, FILE* err,
               bool colour, api::Patience patience) {
  api::Client client(socket_path, patience);
  Remote remote(client, line.json, colour, patience.answer);
  const auto text =
      std::visit([&](const auto& command) { return remote.run(command); }, line.command);
  if (!text) {
    std::fprintf(err, "ketrewd: %s\n", escape_for_terminal(text.error().error.text()).c_str());
    return static_cast<int>(api::exit_code(text.error()));
  }
  std::fwrite(text->data(), 1, text->size(), out);
  if (std::fflush(out) != 0) {
    std::fprintf(err, "ketrewd: the output could not be written\n");
    return static_cast<int>(Exit::internal);
  }
  return static_cast<int>(remote.failed() ? Exit::refused : Exit::done);
}

}  // namespace ketrew::daemon
