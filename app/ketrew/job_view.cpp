#include "app/ketrew/job_view.hpp"

#include "app/ketrew/answer.hpp"
#include "core/model/program.hpp"
#include "core/model/state.hpp"

namespace ketrew::client {
namespace {

constexpr const char* dim = "2";

std::string shown(std::string_view bytes) { return escape_for_terminal(bytes); }

}  // namespace

std::string job_label(const Json& job, std::size_t width) {
  std::string text = shown(bytes_at(job, "name"));
  if (text.empty() && job.is_object() && job.contains("program"))
    if (const auto program = program_from_json(job["program"]))
      text = shown(to_display(*program, 4 * width));
  return cut_to_width(text, width);
}

std::string state_style(const std::string& word) {
  const auto state = parse_state(word);
  if (!state) return "";
  switch (status_of(*state)) {
    case Status::activable: return dim;
    case Status::successful: return "32";
    case Status::failed: return "31";
    case Status::in_progress: break;
  }
  return *state == State::running ? "36" : "33";
}

std::string job_remark(const Json& job) {
  const auto state = parse_state(text_at(job, "state"));
  const std::string message = text_at(job, "message"), reason = text_at(job, "reason");
  if (!state || !is_final(*state)) {
    const std::string phase = text_at(job, "phase");
    std::string text = phase == text_at(job, "state") ? "" : phase;
    if (true_at(job, "in_doubt")) text += std::string(text.empty() ? "" : ", ") + "in doubt";
    if (true_at(job, "set_aside")) text += std::string(text.empty() ? "" : ", ") + "set aside";
    if (!reason.empty()) text += (text.empty() ? "" : ": ") + reason;
    return shown(one_line(text, 300));
  }
  if (status_of(*state) == Status::successful) return shown(one_line(message, 300));
  const auto code = integer_at(job, "exit_code"), number = integer_at(job, "signal");
  const std::string why = text_at(job, "class");
  std::string text;
  if (code) text = "exit code " + std::to_string(*code);
  if (number) text = "signal " + std::to_string(*number);
  if (!why.empty() && why != "exit" && why != "signal")
    text += text.empty() ? why : " (" + why + ")";
  if (!message.empty() && message.find(text) != std::string::npos) text.clear();
  if (!message.empty()) text += (text.empty() ? "" : ": ") + message;
  return shown(one_line(text.empty() ? reason : text, 300));
}

std::string job_took(const Json& job, Wall now) {
  const auto started = time_at(job, "started_at");
  if (!started) return "";
  const auto ended = time_at(job, "ended_at");
  const auto state = parse_state(text_at(job, "state"));
  if (!ended && state && is_final(*state)) return "";
  return format_duration(std::max(Milliseconds(0), ended.value_or(now) - *started));
}

std::string job_table(const std::vector<Json>& jobs, Wall now, std::size_t width, bool colour) {
  if (jobs.empty()) return "";
  // An id cannot be shortened: what is submitted together differs in its last characters only. So a
  // narrow terminal has shorter names, and no backends.
  const bool narrow = width && width < 110;
  const std::size_t name_width =
      !width ? 32 : std::clamp<std::size_t>(width - std::min<std::size_t>(width, 68), 12, 32);
  std::vector<std::vector<Cell>> rows;
  rows.push_back({{"ID", dim},
                  {"STATE", dim},
                  {"NAME", dim},
                  {"BACKEND", dim},
                  {"WHEN", dim, true},
                  {"TOOK", dim, true},
                  {"", dim}});
  for (const auto& job : jobs) {
    const std::string state = text_at(job, "state");
    const auto submitted = time_at(job, "submitted_at");
    rows.push_back({{shown(text_at(job, "id"))},
                    {shown(state), state_style(state)},
                    {job_label(job, name_width), bytes_at(job, "name").empty() ? dim : ""},
                    {shown(text_at(job, "backend"))},
                    {submitted ? format_ago(*submitted, now) : "", "", true},
                    {job_took(job, now), "", true},
                    {job_remark(job)}});
  }
  if (narrow)
    for (auto& row : rows) row.erase(row.begin() + 3);
  return render_table(rows, width, colour);
}

std::string totals_line(const Json& totals, bool colour) {
  std::vector<std::string> parts;
  for (const State state : all_states) {
    const std::string word(to_string(state));
    const auto count = integer_at(totals, word.c_str());
    if (count && *count > 0)
      parts.push_back(styled(std::to_string(*count) + " " + word, state_style(word), colour));
  }
  return parts.empty() ? "no jobs" : join(parts, ", ");
}

}  // namespace ketrew::client
