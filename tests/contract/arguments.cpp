#include <cstdlib>

#include "app/ketrewd/plugins.hpp"
#include "tests/contract/settings.hpp"

namespace ketrew::contract {

const char* const help_text =
    R"(ketrew-backend-check: does a backend keep the contract that the daemon relies on?

usage: ketrew-backend-check [OPTION]... MODULE.so
       ketrew-backend-check [OPTION]... PACKAGE
       ketrew-backend-check [OPTION]... -- PROGRAM [ARG...]

It starts the backend as the daemon would, talks with it through the real protocol, lets it run some
two hundred jobs that are over within seconds, kills it in the middle of that, and prints a report
card: what was checked, what failed and why, what could not be checked. Home and playground are new
folders, removed afterwards. PACKAGE is found on $KETREW_PLUGIN_PATH, then in the installation.

  --profile-options JSON  the plugin's options, as in the profile
  --job-options JSON      options of each job
  --host URI              where the jobs run (default: this machine)
  --count-commands FILE   FILE gets a line for each command that the backend gives its scheduler
                          (from a wrapper first on PATH, say): commands are counted
  --lies PROGRAM          makes the scheduler misbehave: PROGRAM LIE, where LIE is one of
                            down         no command has an answer
                            garbage      each prints something senseless, and exits with 0
                            submit-fails it takes a job and says that it could not
                            forget       it answers well, and knows of no job
                            none         it behaves again
                          exit code 0: done; another: this one cannot be told
  --old-states FILE       states that earlier versions of this backend wrote, a JSON a line: each is
                          read, or is "cannot-tell"
  --pretends              it does not run programs: what they write is not looked at
  --patience SECONDS      for each answer (default: start, find, kill 120, update 300, others 60)
  --only PATTERN          checks by name, as Life.* or Find.*:Life.*
  --json                  the card as one JSON document
  --help

exit code: 0 all that was checked passed; 1 something failed; 2 usage, or it cannot be started
)";

namespace {

bool read_object(const std::string& text, Json& out) {
  out = Json::parse(text, nullptr, false);
  return out.is_object();
}

// Whether `name` has a value, and what that sets; a reason in `wrong` where it makes no sense.
bool set_value(Arguments& to, const std::string& name, const std::string& value) {
  Settings& s = to.settings;
  const std::pair<const char*, std::string*> texts[] = {{"--host", &s.host},
                                                        {"--only", &s.only},
                                                        {"--count-commands", &s.commands_log},
                                                        {"--lies", &s.lies},
                                                        {"--old-states", &s.old_states}};
  for (const auto& [known, text] : texts) {
    if (name != known) continue;
    *text = value;
    return true;
  }
  if (name == "--profile-options" || name == "--job-options") {
    if (!read_object(value, name == "--job-options" ? s.job_options : s.profile_options))
      to.wrong = name + " is no JSON object: " + value;
    return true;
  }
  if (name != "--patience") return false;
  const double seconds = std::strtod(value.c_str(), nullptr);
  if (!(seconds > 0)) to.wrong = "--patience is no number of seconds: " + value;
  s.patience = Milliseconds(static_cast<std::int64_t>(seconds * 1000));
  return true;
}

}  // namespace

Arguments read_arguments(const std::vector<std::string>& words) {
  Arguments given;
  for (std::size_t i = 0; i < words.size() && given.wrong.empty(); ++i) {
    const std::string& word = words[i];
    if (word == "--") {
      given.settings.command.assign(words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
      break;
    }
    if (word == "--help" || word == "-h") given.help = true;
    else if (word == "--pretends") given.settings.pretends = true;
    else if (word == "--json") given.settings.json = true;
    else if (i + 1 < words.size() && set_value(given, word, words[i + 1])) ++i;
    else if (word.starts_with("-")) given.wrong = "unknown option, or one without its value: " + word;
    else if (given.subject.empty()) given.subject = word;
    else given.wrong = "one backend at a time: " + given.subject + " or " + word;
  }
  const bool program = !given.settings.command.empty();
  if (given.wrong.empty() && !given.help && program != given.subject.empty())
    given.wrong = program ? "a program and " + given.subject : "no MODULE, no PACKAGE and no PROGRAM";
  return given;
}

Result<std::vector<std::string>> command_of(const std::string& subject) {
  const auto places = daemon::plugin_places();
  if (!places) return pass(places.error());
  profile::Plugin plugin;
  plugin.name = subject;
  plugin.where = "the command line";
  const bool module = subject.find('/') != std::string::npos || subject.ends_with(".so");
  plugin.kind = module ? profile::Plugin::Kind::path : profile::Plugin::Kind::package;
  plugin.path = plugin.package = subject;
  auto resolved = daemon::resolve_plugins({plugin}, *places);
  if (!resolved[0].launch) return pass(resolved[0].launch.error());
  return std::move(resolved[0].launch->argv);
}

}  // namespace ketrew::contract
