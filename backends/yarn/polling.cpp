// Where an application is: found by its token, in the list of what has not ended, by its id.
#include <algorithm>
#include <set>

#include "backends/yarn/client.hpp"
#include "backends/yarn/command.hpp"
#include "backends/yarn/job_mode.hpp"
#include "backends/yarn/rest.hpp"
#include "backends/yarn/scheduler.hpp"
#include "core/base/attempt.hpp"
#include "core/base/text.hpp"

namespace ketrew::yarn {
namespace {

using sdk::batch::Answer;
using sdk::batch::AskedJob;
using sdk::batch::Row;
using sdk::batch::ShellOutput;

constexpr std::string_view status_mark = "ketrew-status ";
constexpr std::string_view timeout_mark = "ketrew-timeout ";
constexpr std::size_t most_status_commands = 8;  // a JVM each

std::map<std::string_view, Mode> modes_of(std::span<const AskedJob> jobs) {
  std::map<std::string_view, Mode> modes;
  for (const AskedJob& job : jobs) modes.emplace(job.state.id, mode_of(job.state));
  return modes;
}

std::string rest_list(const Site& site, const std::string& filter) {
  // Versions before 3.1 may not know the word: then the documents are long.
  return rest_functions(site) + "ketrew_list=\"" + filter + "\"\n" +
         "ketrew_rest \"${ketrew_list}deSelects=resourceInfo\"\n"
         "case $ketrew_refused in apps*) ketrew_rest \"$ketrew_list\" ;; esac\n";
}

std::string command_list(const Site& site, const std::string& states) {
  return "ketrew_limited " + shell_quote(site.yarn_bin) + " application -list -appStates " + states +
         " </dev/null\n";
}

struct List {
  Result<std::vector<Application>> applications = fail(ErrorKind::unavailable, "not asked");
  Evidence evidence;
};

List read_any_list(const Site& site, const ShellOutput& output) {
  List list;
  list.evidence.exit_code = output.exit_code;
  if (!site.has_rest()) {
    list.evidence.command = "yarn application -list";
    list.applications = read_list(output.out);
    if (!list.applications && !trim(output.err).empty())
      list.applications = fail(ErrorKind::unavailable, list.applications.error().text() + ": " +
                                                           one_line(trim(output.err)));
    return list;
  }
  list.evidence.command = "GET apps";
  const RestAnswer answer = read_rest(output);
  list.applications = fail(ErrorKind::unavailable, answer.problem);
  for (const auto& document : answer.documents) {
    if (document.path != "apps") continue;
    list.applications = read_applications(document);
    if (!list.applications && document.code == 0 && !answer.problem.empty())
      list.applications = fail(ErrorKind::unavailable, answer.problem);
    list.evidence.exit_code.reset();
    list.evidence.words = "HTTP " + std::to_string(document.code);
    if (list.applications) break;
  }
  return list;
}

// What a client's stand alone says of its job, once no application of its token is known.
Row client_row(const std::string& token, const Client& client) {
  Row row;
  row.token = token;
  row.own = to_own(client.mode);
  if (client.stand == ClientStand::running) {
    // That of an application is the job's own program; any other may yet give up (YARN is away).
    const std::string words = "its client runs and has not named an application yet";
    if (client.mode == Mode::application)
      row.observation = observed::Waiting{words};
    else
      row.observation = observed::CannotTell{words, {}};
    return row;
  }
  observed::Ended ended;
  ended.evidence = {"client/exit", std::nullopt, "the client ended and named no application"};
  ended.failure = FailureClass::never_started;
  ended.message = "its client ended without having named an application";
  if (client.exit) {
    ended.started_at = client.exit->started;
    ended.ended_at = client.exit->ended;
    if (client.exit->code.value_or(0) != 0) {
      ended.exit_code = client.exit->code;
      ended.failure = FailureClass::exit;
    }
  }
  row.is_proof = true;
  row.observation = std::move(ended);
  return row;
}

}  // namespace

std::string Yarn::find_command(std::span<const sdk::FindRequest> requests) const {
  std::string text = look_functions() + "ketrew_open=\n";
  for (const auto& request : requests)
    text += "ketrew_root=" + shell_quote(request.host.playground) + "; ketrew_look_at_client " +
            request.token + "\n";
  // All applications, whoever's: a filter that does not fit would be taken for absence.
  text += "[ -n \"$ketrew_open\" ] || return 0\n";
  return text + (site_.has_rest()
                     ? rest_list(site_, "apps?")
                     : command_list(site_, "ALL"));
}

auto Yarn::read_find(const ShellOutput& output, std::span<const sdk::FindRequest> requests) const
    -> Answer {
  Answer answer;
  const auto clients = read_clients(output.out);
  const List list = read_any_list(site_, output);
  answer.evidence = list.evidence;
  answer.healthy = true;
  const auto not_healthy = [&](const std::string& why) {
    answer.healthy = false;
    answer.problem = why;
  };
  for (const auto& request : requests) {
    const auto it = clients.find(request.token);
    if (it == clients.end() || it->second.stand == ClientStand::unreadable) {
      not_healthy("its playground cannot be read");
      continue;
    }
    const Client& client = it->second;
    if (client.stand == ClientStand::named) {
      Row row;
      row.id = client.application_id;
      row.token = request.token;
      row.own = to_own(client.mode);
      row.observation = observed::Waiting{"its client has named its application"};
      answer.rows.push_back(std::move(row));
      continue;
    }
    const bool runs = client.stand == ClientStand::running;
    if (!list.applications) {
      if (runs)
        answer.rows.push_back(client_row(request.token, client));
      else
        not_healthy(list.applications.error().text());
      continue;
    }
    bool found = false;
    for (const Application& application : *list.applications) {
      if (!is_of(application, request.token)) continue;
      Row row = to_row(application, client.mode, list.evidence);
      row.token = request.token;
      row.own = to_own(client.mode);
      answer.rows.push_back(std::move(row));
      found = true;
    }
    if (!found && (runs || (client.stand == ClientStand::ended && client.mode == Mode::application)))
      answer.rows.push_back(client_row(request.token, client));
  }
  answer.evidence.words = "no application of this token; " + answer.evidence.words;
  return answer;
}

std::string Yarn::queue_command(std::span<const AskedJob>) const {
  if (!site_.has_rest()) return command_list(site_, live_states());
  const std::string user =
      site_.user.empty() ? std::string("${HADOOP_USER_NAME:-$(id -un)}") : shell_quote(site_.user);
  return "ketrew_user=" + user + "\n" +
         rest_list(site_, "apps?user=$ketrew_user&states=" + live_states() + "&");
}

auto Yarn::read_queue(const ShellOutput& output, std::span<const AskedJob> jobs) const -> Answer {
  Answer answer;
  const List list = read_any_list(site_, output);
  answer.evidence = list.evidence;
  if (!list.applications) {
    answer.problem = list.applications.error().text();
    return answer;
  }
  answer.healthy = true;
  answer.evidence.words = "not among the " + std::to_string(list.applications->size()) +
                          " applications that have not ended";
  const auto modes = modes_of(jobs);
  for (const Application& application : *list.applications)
    if (const auto it = modes.find(application.id); it != modes.end())
      answer.rows.push_back(to_row(application, it->second, list.evidence));
  return answer;
}

auto Yarn::read_inventory(const ShellOutput& output) const -> Answer {
  Answer answer;
  const List list = read_any_list(site_, output);
  answer.evidence = list.evidence;
  answer.healthy = list.applications.has_value();
  if (!answer.healthy) {
    answer.problem = list.applications.error().text();
    return answer;
  }
  for (const Application& application : *list.applications) {
    std::vector<std::string> words = application.tags;
    words.push_back(application.name);
    for (std::string& word : words) {
      // As `is_of` has them: a tag, or the end of a name.
      const auto dash = word.rfind('-');
      if (dash == std::string::npos || dash < JobId::text_size) continue;
      std::string token = word.substr(dash - JobId::text_size);
      if (!parse_attempt_token(token)) continue;
      Row row;
      row.id = application.id;
      row.token = std::move(token);
      answer.rows.push_back(std::move(row));
      break;
    }
  }
  return answer;
}

std::optional<std::string> Yarn::history_command(std::span<const AskedJob> jobs) const {
  std::string text;
  // What killed a job for its timeout looks to YARN like any user.
  for (const AskedJob& job : jobs)
    text += "grep -a -q 'Reached client specified timeout' " +
            shell_quote(job.state.playground + "/client/err") + " " +
            shell_quote(job.state.playground + "/client/out") + " 2>/dev/null && echo " +
            shell_quote(std::string(timeout_mark) + job.state.id) + "\n";
  if (site_.has_rest()) {
    std::string paths;
    for (const AskedJob& job : jobs)
      if (is_application_id(job.state.id)) paths += " apps/" + job.state.id;
    return text + (paths.empty() ? "" : rest_functions(site_) + "ketrew_rest" + paths + "\n");
  }
  if (jobs.size() > most_status_commands)
    return text + command_list(site_, "FINISHED,FAILED,KILLED");
  for (const AskedJob& job : jobs)
    if (is_application_id(job.state.id))
      text += "echo '" + std::string(status_mark) + job.state.id + "'\n" +
              "ketrew_limited " + shell_quote(site_.yarn_bin) + " application -status " + job.state.id +
              " 2>&1 </dev/null\n";
  return text;
}

auto Yarn::read_history(const ShellOutput& output, std::span<const AskedJob> jobs) const -> Answer {
  Answer answer;
  const auto modes = modes_of(jobs);
  std::set<std::string, std::less<>> timeouts, told;
  for (const auto& line : split(output.out, '\n'))
    if (line.rfind(timeout_mark, 0) == 0) timeouts.insert(line.substr(timeout_mark.size()));
  const auto take = [&](Application application) {
    const auto it = modes.find(application.id);
    if (it == modes.end()) return;
    application.client_timeout = timeouts.contains(application.id);
    told.insert(application.id);
    answer.rows.push_back(to_row(application, it->second, answer.evidence));
  };
  if (site_.has_rest()) {
    const RestAnswer rest = read_rest(output);
    answer.problem = rest.problem;
    for (const auto& document : rest.documents) {
      answer.evidence = {"GET " + document.path, std::nullopt,
                         "HTTP " + std::to_string(document.code)};
      auto application = read_application(document);
      const std::string id = document.path.substr(document.path.rfind('/') + 1);
      if (application) {
        if (application->id == id) take(std::move(*application));
      } else if (application.error().kind == ErrorKind::not_found) {
        told.insert(id);
      } else if (document.code != 0 || answer.problem.empty()) {
        answer.problem = application.error().text();
      }
    }
  } else if (jobs.size() > most_status_commands) {
    const List list = read_any_list(site_, output);
    answer.evidence = list.evidence;
    if (!list.applications) {
      answer.problem = list.applications.error().text();
      return answer;
    }
    for (const Application& application : *list.applications) take(application);
    answer.healthy = true;
    return answer;
  } else {
    answer.evidence = {"yarn application -status", output.exit_code, ""};
    answer.problem = "the yarn command printed no report: " + one_line(output.err);
    std::string_view rest = output.out;
    while (true) {
      const auto at = rest.find(status_mark);
      if (at == std::string_view::npos) break;
      rest.remove_prefix(at + status_mark.size());
      const auto end = rest.find('\n');
      const std::string id(rest.substr(0, end));
      const std::string_view report = rest.substr(0, rest.find(status_mark));
      auto application = read_status(report.substr(std::min(end, report.size())));
      if (application) {
        if (application->id == id) take(std::move(*application));
      } else if (application.error().kind == ErrorKind::not_found) {
        told.insert(id);
      }
    }
  }
  answer.healthy = std::all_of(jobs.begin(), jobs.end(), [&](const AskedJob& job) {
    return !is_application_id(job.state.id) || told.contains(job.state.id);
  });
  if (answer.healthy) answer.problem.clear();
  answer.evidence.words = "YARN does not know this application";
  return answer;
}

}  // namespace ketrew::yarn
