// Submitting, killing and what people ask; polling.cpp has the rest.
#include "backends/yarn/scheduler.hpp"

#include "backends/yarn/client.hpp"
#include "backends/yarn/command.hpp"
#include "backends/yarn/job_mode.hpp"
#include "backends/yarn/rest.hpp"
#include "core/base/text.hpp"

namespace ketrew::yarn {
namespace {

using sdk::batch::Query;
using sdk::batch::Submission;
using sdk::batch::SubmitAnswer;
using sdk::batch::Submitted;

// Of "container_1795603099666_0001_02_000002" or "container_e17_1795603099666_0001_02_000002": the
// application, and the number of its ApplicationMaster's attempts before this one. A container that
// the same attempt asks for anew (its node was lost) is no restart: it may be a second copy.
constexpr std::string_view application_of_container =
    "${CONTAINER_ID:+$(c=${CONTAINER_ID#container_}; case $c in e*) c=${c#e*_} ;; esac; c=${c%_*}; "
    "echo \"application_${c%_*}\")}";
constexpr std::string_view attempts_before =
    "$(c=${CONTAINER_ID-}; c=${c%_*}; c=${c##*_}; c=${c#0}; echo $((${c:-1} - 1)))";

}  // namespace

Result<> Yarn::initialize(const sdk::batch::SiteOptions& options) {
  auto site = site_from(options.own);
  if (!site) return pass(site.error());
  site_ = std::move(*site);
  return {};
}

// Of a container that the daemon may have been started in.
auto Yarn::foreign_variables() const -> ForeignVariables { return {{"CONTAINER_"}, {}}; }

Result<Submission> Yarn::submission(const sdk::StartRequest& request,
                                    const host::Playground&) const {
  auto options = job_options(request.options);
  if (!options) return pass(options.error());
  if (options->name.empty()) options->name = clean_name(request.job.name);
  Submission submission;
  submission.command = launch_text(*options, site_, request.token);
  switch (options->mode) {
    case Mode::shell:
      submission.restart_count = attempts_before;
      submission.own_id = application_of_container;
      break;
    case Mode::shell_apart: submission.records = std::nullopt; break;
    case Mode::application: submission.records = "client"; break;
  }
  return submission;
}

// The launch prints how the one client stands. The client of an application is the job's own
// program: it has been started, and is never started again, whether it has named an application or
// not. The client of a distributed shell is ours.
SubmitAnswer Yarn::read_submission(const ShellOutput& output) const {
  // Its first line is the launch's; below is what the client said.
  const auto line = output.out.find('\n');
  const auto clients = read_clients(output.out.substr(0, line == std::string::npos ? 0 : line + 1));
  if (clients.empty()) {
    if (output.exit_code == 1 && output.out.empty())
      return sdk::Refused{false, "the client cannot be started: " + one_line(output.err)};
    return sdk::InDoubt{"the client was not seen: " + one_line(output.err + " " + output.out)};
  }
  const Client& client = clients.begin()->second;
  if (client.stand == ClientStand::named)
    return Submitted{client.application_id, to_own(client.mode)};
  if (client.mode == Mode::application) return Submitted{"", to_own(client.mode)};
  const std::string said = output.out.substr(line + 1);
  if (client.stand == ClientStand::ended && client.exit) {
    const int code = client.exit->code.value_or(0);
    if (code == 126 || code == 127)  // the shell's: no such command
      return sdk::Refused{false, "the client cannot be run: " + one_line(trim(said))};
    if (const auto refusal = read_refusal(said))
      return sdk::Refused{refusal->for_ever, refusal->why};
    return sdk::InDoubt{"the client ended without having named an application: " + one_line(said)};
  }
  return sdk::InDoubt{"the client has not named its application yet"};
}

std::string Yarn::kill_command(std::span<const AskedJob> jobs) const {
  std::string text = look_functions() + end_functions(), ids;
  for (const AskedJob& job : jobs)
    if (is_application_id(job.state.id)) ids += " " + job.state.id;
  // The clients first: YARN may not answer at all.
  for (const AskedJob& job : jobs)
    text += "ketrew_root=" + shell_quote(folder_of(job.state.playground)) +
            "; ketrew_end_client " + job.token + "\n";
  if (ids.empty()) return text;
  if (site_.has_rest()) {
    std::string paths;
    for (const auto& id : split(trim(ids), ' ')) paths += " apps/" + id + "/state";
    text += rest_functions(site_) +
            "ketrew_rest\n[ -z \"$ketrew_active\" ] || ketrew_put '{\"state\":\"KILLED\"}'" + paths +
            "\nketrew_ids=\nfor ketrew_path in $ketrew_refused; do\n"
            "  ketrew_path=${ketrew_path#apps/}\n  case $ketrew_path in\n    info) ketrew_ids=" +
            shell_quote(trim(ids)) +
            " ;;\n    *) ketrew_ids=\"$ketrew_ids ${ketrew_path%%/*}\" ;;\n  esac\ndone\n";
  } else {
    text += "ketrew_ids=" + shell_quote(trim(ids)) + "\n";
  }
  // The command ends with 0 whatever it says.
  text += "[ -z \"$ketrew_ids\" ] || ketrew_limited " + shell_quote(site_.yarn_bin) +
          " application -kill $ketrew_ids 2>&1 </dev/null\n";
  return text;
}

auto Yarn::read_kill(const ShellOutput& output, std::span<const AskedJob> jobs) const
    -> std::vector<KillAnswer> {
  const RestAnswer rest = site_.has_rest() ? read_rest(output) : RestAnswer{};
  std::map<std::string, const RestDocument*> documents;
  for (const auto& document : rest.documents) documents[document.path] = &document;
  std::vector<KillAnswer> answers;
  for (const AskedJob& job : jobs) {
    KillAnswer answer;
    if (!is_application_id(job.state.id)) {
      answers.push_back({sdk::KillWord::sent, {}});  // to its client, by which it would be named
      continue;
    }
    answer.why = rest.problem.empty() ? "no word about it: " + one_line(output.err) : rest.problem;
    if (const auto it = documents.find("apps/" + job.state.id + "/state"); it != documents.end()) {
      const auto state = read_state(*it->second);
      if (state) {
        const NativeState* native = native_state(*state);
        const bool over = native && native->meaning != Meaning::waiting &&
                          native->meaning != Meaning::running;
        answer.word = over ? sdk::KillWord::already_over : sdk::KillWord::sent;
      } else if (state.error().kind == ErrorKind::not_found) {
        answer.word = sdk::KillWord::already_over;
      } else {
        answer.why = state.error().text();
      }
    }
    if (answer.word == sdk::KillWord::cannot_tell) {
      switch (read_kill_words(output.out, job.state.id)) {
        case KillSaid::nothing: break;
        case KillSaid::killing: answer.word = sdk::KillWord::sent; break;
        case KillSaid::over:
        case KillSaid::unknown: answer.word = sdk::KillWord::already_over; break;
      }
    }
    if (answer.word != sdk::KillWord::cannot_tell) answer.why.clear();
    answers.push_back(std::move(answer));
  }
  return answers;
}

std::vector<Query> Yarn::queries(const AskedJob& job) const {
  const std::string id = job.state.id, yarn = shell_quote(site_.yarn_bin);
  const std::string client = shell_quote(job.state.playground + "/client");
  std::vector<Query> list = {
      {"client-output", "what the client of the application said",
       "cd " + client + " && cat out err lifetime 2>/dev/null\n"}};
  if (!is_application_id(id)) return list;
  list.push_back({"status", "yarn application -status", yarn + " application -status " + id});
  list.push_back({"logs", "yarn logs -applicationId: what its containers wrote, once aggregated",
                  yarn + " logs -applicationId " + id});
  if (site_.has_rest())
    list.push_back({"api-app", "the ResourceManager's document about the application",
                    rest_functions(site_) + "ketrew_rest apps/" + id +
                        " | sed -n '/^{\"app\"/p; /^{\"RemoteException\"/p'\n"});
  return list;
}

}  // namespace ketrew::yarn
