// What the database, the schedulers and the playgrounds do not agree about. The daemon examines; what
// can be seen of its home is seen here, also without it.
#include <unistd.h>

#include "app/ketrew/answer.hpp"
#include "app/ketrew/command.hpp"
#include "app/ketrew/home_check.hpp"
#include "core/base/file.hpp"
#include "core/base/terminal_text.hpp"
#include "core/profile/find.hpp"

namespace ketrew::client {
namespace {

struct HomeReport {
  std::string home;
  std::vector<HomeTrouble> troubles;
  std::vector<std::string> done;  // of each: what became of it; empty: nothing was done
};

HomeReport look_at_home(const std::string& home, bool daemon_answers, bool fix) {
  HomeReport report{home, check_home(home, daemon_answers), {}};
  for (const auto& trouble : report.troubles) {
    std::string done;
    if (fix && !trouble.file.empty())
      done = ::unlink(trouble.file.c_str()) == 0 ? "removed" : "cannot be removed";
    report.done.push_back(std::move(done));
  }
  return report;
}

std::string where(const Json& finding) {
  const std::string backend = text_at(finding, "backend");
  return text_at(finding, "host") + (backend.empty() ? "" : ", " + backend);
}

void show(Context& context, const HomeReport& home) {
  for (std::size_t i = 0; i < home.troubles.size(); ++i) {
    const auto& trouble = home.troubles[i];
    context.console.line("home       " + escape_for_terminal(trouble.what));
    if (!home.done[i].empty()) context.console.line("           " + home.done[i]);
    else if (!trouble.cure.empty()) context.console.line("           --> " + escape_for_terminal(trouble.cure));
  }
}

void show(Context& context, const Json& answer) {
  bool others = false;
  for (const Json& finding : list_at(answer, "findings")) {
    std::string kind = text_at(finding, "kind");
    kind.resize(std::max<std::size_t>(kind.size(), 11), ' ');
    context.console.line(escape_for_terminal(kind + text_at(finding, "token") + "  " + where(finding)));
    context.console.line(escape_for_terminal("           " + text_at(finding, "why")));
    const std::string done = text_at(finding, "done");
    const bool ours = true_at(finding, "ours");
    others = others || !ours;
    if (!done.empty()) context.console.line(escape_for_terminal("           " + done));
    else context.console.line(escape_for_terminal("           --> " + text_at(finding, "cure") +
                                                  (ours ? "" : ", if it is named: it may be another home's")));
  }
  if (const auto more = integer_at(answer, "more").value_or(0); more > 0)
    context.console.line("and " + std::to_string(more) + " more: run it again afterwards");
  for (const Json& text : list_at(answer, "unchecked"))
    if (text.is_string())
      context.console.line(escape_for_terminal("unchecked  " + text.get<std::string>()));
}

Json document(const HomeReport& home, const Json& answer, const std::vector<std::string>& unchecked) {
  Json json{{"home", Json::array()}, {"daemon", answer}, {"unchecked", unchecked}};
  for (std::size_t i = 0; i < home.troubles.size(); ++i)
    json["home"].push_back({{"what", bytes_to_json(home.troubles[i].what)},
                            {"cure", bytes_to_json(home.troubles[i].cure)},
                            {"done", home.done[i].empty() ? Json(nullptr) : Json(home.done[i])}});
  return json;
}

}  // namespace

Try<Exit> doctor(Context& context) {
  bool fix = false;
  std::vector<std::string> tokens;
  Arguments arguments(
      "ketrew doctor",
      "Holds the database against what schedulers and playgrounds have, and says what it would do about it:\n"
      "  ghost       a job that runs as far as we know, and that its backend does not have\n"
      "  stray       an attempt that waits or runs out there, of a job that is not in the database\n"
      "  leftover    the playground of a job that was archived or forgotten, where nothing runs\n"
      "  unfinished  files of a job that is over, which were never finished\n"
      "Nothing is ended or removed without --fix, and never anything of an unfinished job. What may be\n"
      "another home's is left alone unless it is named. Exit code 1: something was found (with --fix:\n"
      "something was left). Without a daemon it looks at the home alone.",
      "[TOKEN...] [--fix]",
      "  ketrew doctor\n"
      "  ketrew doctor --fix\n"
      "  ketrew doctor --fix 01m83a6geedh96g6ksy8751kaj-1\n");
  arguments.flag("--fix", fix, "Do what it says")
      .positionals("token", tokens, false, "With --fix: do it to these too, whosever they are");
  auto parsed = context.parse(arguments);
  if (!parsed) return stop(std::move(parsed.error()));
  if (!*parsed) return Exit::done;
  if (!tokens.empty() && !fix)
    return wrong_usage("tokens are for --fix", "without it everything is shown");

  const auto home = profile::ketrew_home();
  if (!home) return stop(Stop(Exit::no_daemon, home.error()));
  api::Request request{.target = "/v1/doctor"};
  if (fix) {
    request.method = "POST";
    request.body = Json{{"fix", true}, {"named", tokens}};
    request.repeatable = true;  // what was mended is not found again
  }
  auto answer = context.call(request);
  if (!answer && answer.error().exit != Exit::no_daemon) return stop(std::move(answer.error()));
  const HomeReport seen = look_at_home(*home, answer.has_value(), fix);
  std::vector<std::string> unchecked;
  if (!answer) {
    const auto count = count_playgrounds(*home);
    unchecked.push_back("jobs, backends, schedulers and other hosts: no daemon answers");
    if (!count)
      unchecked.push_back(count.error().text());
    else if (*count > 0)
      unchecked.push_back("whose the " + std::to_string(*count) + " playgrounds in " +
                          path_join(*home, "playground") + " are");
  }
  if (context.json) {
    context.console.json(document(seen, answer ? *answer : Json(nullptr), unchecked));
  } else {
    show(context, seen);
    if (answer) show(context, *answer);
    for (const auto& text : unchecked) context.console.line(escape_for_terminal("unchecked  " + text));
  }
  if (!answer) return stop(std::move(answer.error()));
  std::size_t left = 0;
  for (const auto& done : seen.done) left += done != "removed";
  const auto starts = [](const std::string& text, const char* with) { return text.starts_with(with); };
  for (const Json& finding : list_at(*answer, "findings")) {
    const std::string done = text_at(finding, "done");
    left += done.empty() || starts(done, "left alone") || starts(done, "not ended");
  }
  if (left == 0 && integer_at(*answer, "more").value_or(0) == 0) {
    if (!context.json && seen.troubles.empty() && list_at(*answer, "findings").empty())
      context.console.line("nothing is wrong: " + std::to_string(integer_at(*answer, "attempts").value_or(0)) +
                           " attempts on " + std::to_string(integer_at(*answer, "hosts").value_or(0)) + " hosts looked at");
    return Exit::done;
  }
  return Exit::refused;
}

}  // namespace ketrew::client
