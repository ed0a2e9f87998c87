#include "backends/yarn/command.hpp"

#include <charconv>
#include <map>

#include "core/base/text.hpp"

namespace ketrew::yarn {
namespace {

std::string field(const std::vector<std::string>& fields, std::size_t i) {
  return i < fields.size() ? std::string(trim(fields[i])) : std::string();
}

// All of the text, or nothing.
std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::int64_t number_of(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string_view line_of(std::string_view& text) {
  const auto end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

}  // namespace

// Columns: Application-Id, Application-Name, Application-Type, User, Queue, State, Final-State,
// Progress, Tracking-URL; padded, with tabs between. A name may have tabs of its own, so the
// later columns are counted from the end.
Result<std::vector<Application>> read_list(std::string_view out) {
  constexpr std::string_view heading = "Total number of applications (", after = "):";
  std::vector<Application> list;
  std::optional<std::int64_t> total;
  bool titles = false;
  while (!out.empty()) {
    const std::string_view line = line_of(out);
    if (line.substr(0, heading.size()) == heading) {
      const auto at = line.rfind(after);
      if (at != std::string_view::npos) total = whole_number(trim(line.substr(at + after.size())));
      continue;
    }
    const auto fields = split(line, '\t');
    titles = titles || field(fields, 0) == "Application-Id";
    if (!titles || fields.size() < 2 || !is_application_id(field(fields, 0))) continue;
    const std::size_t end = fields.size();
    Application application;
    application.id = field(fields, 0);
    if (end < 9) {  // in pieces, by its name: its state is not to be read
      list.push_back(std::move(application));
      continue;
    }
    application.name = field(fields, 1);
    application.user = field(fields, end - 6);
    application.queue = field(fields, end - 5);
    application.state = field(fields, end - 4);
    application.final_status = field(fields, end - 3);
    list.push_back(std::move(application));
  }
  if (!total || !titles)
    return fail(ErrorKind::unavailable, "the yarn command printed no list");
  if (*total < 0 || static_cast<std::size_t>(*total) != list.size())
    return fail(ErrorKind::unavailable, "the list of the yarn command is not whole");
  return list;
}

// "\tKey : value" lines; the first of each key counts, since the diagnostics, which may have such
// lines of their own, come after those that decide.
Result<Application> read_status(std::string_view out) {
  const auto unknown = out.find("Application with id '");
  if (unknown != std::string_view::npos && out.find("Application Report") == std::string_view::npos &&
      out.find("' doesn't exist in RM", unknown) != std::string_view::npos)
    return fail(ErrorKind::not_found, one_line(out.substr(unknown)));
  std::map<std::string, std::string> values;
  std::string last;
  while (!out.empty()) {
    const std::string_view line = line_of(out);
    const auto colon = line.find(" : ");
    if (!line.empty() && line.front() == '\t' && colon != std::string_view::npos) {
      last = trim(line.substr(0, colon));
      if (!values.try_emplace(last, trim(line.substr(colon + 3))).second) last.clear();
    } else if (last == "Diagnostics") {
      values[last] += "\n" + std::string(line);
    }
  }
  Application application;
  application.id = values["Application-Id"];
  application.state = values["State"];
  // Its last line that all versions have; before it, it may have been cut.
  if (!is_application_id(application.id) || application.state.empty() ||
      !values.contains("Diagnostics"))
    return fail(ErrorKind::unavailable, "the yarn command printed no report");
  application.name = values["Application-Name"];
  application.user = values["User"];
  application.queue = values["Queue"];
  application.final_status = values["Final-State"];
  application.diagnostics = trim(values["Diagnostics"]);
  application.started_ms = number_of(values["Start-Time"]);
  application.finished_ms = number_of(values["Finish-Time"]);
  return application;
}

KillSaid read_kill_words(std::string_view out, std::string_view id) {
  while (!out.empty()) {
    const std::string_view line = line_of(out);
    const auto at = line.find(id);
    if (at == std::string_view::npos) continue;
    const std::string_view after = line.substr(at + id.size());
    if (!after.empty() && after.front() >= '0' && after.front() <= '9') continue;
    if (after.find("has already finished") != std::string_view::npos) return KillSaid::over;
    if (after.find("doesn't exist in RM") != std::string_view::npos) return KillSaid::unknown;
    if (line.find("Killing application") != std::string_view::npos ||
        line.find("Killed application") != std::string_view::npos)
      return KillSaid::killing;
  }
  return KillSaid::nothing;
}

}  // namespace ketrew::yarn
