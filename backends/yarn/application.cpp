#include "backends/yarn/application.hpp"

#include <algorithm>

#include "backends/yarn/diagnostics.hpp"
#include "core/base/text.hpp"

namespace ketrew::yarn {
namespace {

using observed::CannotTell;
using observed::Ended;
using observed::Running;
using observed::Waiting;
using sdk::batch::Row;

constexpr std::array<std::pair<std::string_view, Mode>, 3> modes = {{
    {"distributed-shell", Mode::shell},
    {"distributed-shell-apart", Mode::shell_apart},
    {"application", Mode::application},
}};

std::string words_of(const Application& application) {
  std::string words = application.state;
  if (!application.final_status.empty()) words += " " + application.final_status;
  if (!application.diagnostics.empty()) words += ": " + one_line(application.diagnostics);
  return words;
}

Observation running(const Application& application, Mode mode) {
  // One container: the ApplicationMaster is alone, and the one for the script is still to come (or
  // is over, and the exit file will say so in a moment).
  if (mode != Mode::application && application.containers == 1 && !application.wanted.empty())
    return Waiting{"its ApplicationMaster runs and waits for " + application.wanted};
  return Running{"running"};
}

Ended finished(const Application& application, Mode mode, Final final) {
  Ended ended;
  switch (final) {
    case Final::succeeded: ended.exit_code = 0; break;
    case Final::failed:
      ended.failure = failure_of(application.diagnostics).value_or(FailureClass::exit);
      if (mode != Mode::application) ended.exit_code = container_exit_code(application.diagnostics);
      if (ended.exit_code == 0) ended.exit_code.reset();
      break;
    case Final::killed: ended.failure = FailureClass::cancelled_outside; break;
    case Final::mixed:
    case Final::undefined: ended.failure = FailureClass::exit; break;
  }
  return ended;
}

Ended failed(const Application& application, bool never_ran) {
  Ended ended;
  ended.failure = failure_of(application.diagnostics)
                      .value_or(never_ran ? FailureClass::never_started : FailureClass::node);
  return ended;
}

Ended killed(const Application& application) {
  Ended ended;
  ended.failure = application.client_timeout || is_over_lifetime(application.diagnostics)
                      ? FailureClass::wall_time
                      : FailureClass::cancelled_outside;
  return ended;
}

Json shown_of(const Application& application) {
  Json shown = Json::object();
  const auto show = [&](const char* label, const std::string& text) {
    if (!text.empty()) shown[label] = text;
  };
  show("state", application.state);
  if (application.final_status != "UNDEFINED") show("final status", application.final_status);
  show("queue", application.queue);
  show("user", application.user);
  show("node of its ApplicationMaster", application.node);
  show("diagnostics", one_line(application.diagnostics));
  return shown;
}

}  // namespace

std::string_view to_string(Mode mode) {
  for (const auto& [word, value] : modes)
    if (value == mode) return word;
  return {};
}

std::optional<Mode> parse_mode(std::string_view word) {
  for (const auto& [name, value] : modes)
    if (name == word) return value;
  return std::nullopt;
}

const NativeState* native_state(std::string_view word) {
  for (const auto& state : native_states)
    if (state.word == word) return &state;
  return nullptr;
}

std::optional<Final> native_final(std::string_view word) {
  for (const auto& final : native_finals)
    if (final.word == word) return final.meaning;
  return std::nullopt;
}

std::string live_states() {
  std::string list;
  for (const auto& state : native_states)
    if (state.meaning == Meaning::waiting || state.meaning == Meaning::running)
      list += (list.empty() ? "" : ",") + std::string(state.word);
  return list;
}

bool is_application_id(std::string_view text) {
  constexpr std::string_view prefix = "application_";
  if (text.size() > 64 || text.substr(0, prefix.size()) != prefix) return false;
  const auto parts = split(text.substr(prefix.size()), '_');
  return parts.size() == 2 && std::all_of(parts.begin(), parts.end(), [](const auto& part) {
    return !part.empty() &&
           std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  });
}

Row to_row(const Application& application, Mode mode, Evidence evidence) {
  Row row;
  row.id = application.id;
  row.shown = shown_of(application);
  if (application.attempt > 0) row.restarts = application.attempt - 1;
  row.is_proof = true;  // whoever tells it is the ResourceManager
  evidence.words = words_of(application);
  const NativeState* state = native_state(application.state);
  if (!state) {
    row.observation = CannotTell{"no state of YARN that is known: " + one_line(application.state, 60),
                                 std::move(evidence)};
    return row;
  }
  row.never_ran = application.attempt_told && application.attempt == 0 &&
                  (state->meaning == Meaning::failed || state->meaning == Meaning::killed);
  Ended ended;
  switch (state->meaning) {
    case Meaning::waiting:
      row.observation =
          Waiting{application.diagnostics.empty() ? std::string(state->says)
                                                  : one_line(application.diagnostics)};
      return row;
    case Meaning::running: row.observation = running(application, mode); return row;
    case Meaning::finished: {
      const auto final = native_final(application.final_status);
      if (!final) {
        row.observation = CannotTell{"no final status of YARN that is known: " +
                                         one_line(application.final_status, 60),
                                     std::move(evidence)};
        return row;
      }
      ended = finished(application, mode, *final);
      break;
    }
    case Meaning::failed: ended = failed(application, row.never_ran); break;
    case Meaning::killed: ended = killed(application); break;
  }
  ended.message = one_line(application.diagnostics);
  if (application.client_timeout)
    ended.message = "killed by its client for its timeout; " + ended.message;
  ended.evidence = std::move(evidence);
  if (application.finished_ms > 0) ended.ended_at = from_unix_milliseconds(application.finished_ms);
  Json usage = Json::object();
  if (application.memory_seconds) usage["memory_mib_seconds"] = *application.memory_seconds;
  if (application.vcore_seconds) usage["vcore_seconds"] = *application.vcore_seconds;
  if (!usage.empty()) ended.usage = std::move(usage);
  row.is_proof = mode != Mode::shell;
  row.observation = std::move(ended);
  return row;
}

}  // namespace ketrew::yarn
