#include "app/ketrewd/doctor_report.hpp"

namespace ketrew::daemon::doctor {
namespace {

const Playground* playground_of(const HostSeen& host, const std::string& token) {
  for (const auto& one : host.playgrounds)
    if (one.token == token) return &one;
  return nullptr;
}

void judge_running(const Seen& seen, Report& report) {
  // Many jobs of one host: its playgrounds are looked up by token.
  std::map<std::string, std::map<std::string, Stand>> stands;
  for (const auto& [name, host] : seen.hosts)
    for (const auto& one : host.playgrounds) stands[name].emplace(one.token, one.stand);
  for (const Running& job : seen.running) {
    const auto host = seen.hosts.find(job.host);
    if (host == seen.hosts.end()) continue;
    const auto held = host->second.held.find(job.backend);
    if (held == host->second.held.end() || !held->second.problem.empty() ||
        held->second.tokens.contains(job.token))
      continue;
    // Its end is proven, and the next poll sees it.
    const auto& known = stands[job.host];
    const auto stand = known.find(job.token);
    if (stand != known.end() && stand->second == Stand::over) continue;
    report.findings.push_back({Kind::ghost, job.token, job.host, job.backend,
                               "runs as far as is known here; " + job.backend +
                                   " does not have it" +
                                   (stand == known.end() && host->second.playgrounds_problem.empty()
                                        ? ", and its playground is gone"
                                        : ", and it left no word of its end"),
                               true});
  }
}

bool is_ours(const Seen& seen, const std::string& host, Known known) {
  return known == Known::archived || host == seen.home_playground;
}

const char* whose(Known known) {
  return known == Known::archived ? "its job is archived" : "its job is not in the database";
}

void judge_host(const Seen& seen, const std::string& name, const HostSeen& host, Report& report) {
  std::map<std::string, std::string> holders;  // token to backend
  std::string doubt;                           // why it is not known what runs there
  for (const auto& [backend, held] : host.held) {
    if (!held.problem.empty()) doubt = backend + " cannot tell what it has there: " + held.problem;
    for (const auto& token : held.tokens) holders.emplace(token, backend);
  }
  if (host.held.empty()) doubt = "no backend tells what runs there";
  const auto known_of = [&](const std::string& token) {
    const auto attempt = parse_attempt_token(token);
    const auto found = attempt ? seen.known.find(attempt->job) : seen.known.end();
    return found == seen.known.end() ? Known::here : found->second;
  };
  for (const auto& [token, backend] : holders) {
    const Known known = known_of(token);
    if (known == Known::here) continue;
    // A scheduler has one queue for all homes: only the playground tells whose it is.
    const bool ours = known == Known::archived ||
                      (is_ours(seen, name, known) && playground_of(host, token) != nullptr);
    report.findings.push_back({Kind::stray, token, name, backend,
                               backend + " has it; " + whose(known), ours});
  }
  std::size_t doubtful = 0;
  for (const auto& one : host.playgrounds) {
    if (holders.contains(one.token)) continue;
    const Known known = known_of(one.token);
    if (known == Known::here) {
      const auto attempt = parse_attempt_token(one.token);
      if (one.unfinished && one.stand == Stand::over && attempt && !seen.unfinished.contains(attempt->job))
        report.findings.push_back(
            {Kind::unfinished, one.token, name, "", "files of it were never finished; the job is over", true});
      continue;
    }
    if (one.stand == Stand::open && !doubt.empty()) {
      ++doubtful;
      continue;
    }
    report.findings.push_back(
        {Kind::leftover, one.token, name, "", std::string("its playground is there; ") + whose(known),
         is_ours(seen, name, known)});
  }
  if (doubtful > 0)
    report.unchecked.push_back(std::to_string(doubtful) + " playgrounds in " + name +
                               " of unknown jobs, which may run: " + doubt);
}

}  // namespace

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::ghost: return "ghost";
    case Kind::stray: return "stray";
    case Kind::leftover: return "leftover";
    case Kind::unfinished: return "unfinished";
  }
  return "?";
}

Report judge(const Seen& seen) {
  Report report;
  judge_running(seen, report);
  for (const auto& [name, host] : seen.hosts) {
    if (!host.playgrounds_problem.empty())
      report.unchecked.push_back("the playgrounds in " + name + ": " + host.playgrounds_problem);
    for (const auto& [backend, held] : host.held)
      if (!held.problem.empty())
        report.unchecked.push_back("what " + backend + " has on " + name + ": " + held.problem);
    judge_host(seen, name, host, report);
  }
  return report;
}

std::string cure(const Finding& finding) {
  switch (finding.kind) {
    case Kind::ghost: return "ask " + finding.backend + " about it at once; what has gone is lost after engine.lost_after";
    case Kind::stray: return "end it through " + finding.backend;
    case Kind::leftover: return "remove its playground";
    case Kind::unfinished: return "remove these files";
  }
  return {};
}

}  // namespace ketrew::daemon::doctor
