#include <cstdlib>

#include "app/ketrew/command.hpp"
#include "core/base/terminal_text.hpp"
#include "core/profile/find.hpp"

namespace ketrew::client {
namespace {

std::string overview() {
  std::vector<std::vector<Cell>> rows;
  for (const auto& command : commands())
    rows.push_back({{"  " + std::string(command.name)}, {command.summary}});
  return "usage: ketrew COMMAND [OPTION]... [ARG]...\n\n"
         "Talks to the daemon of $KETREW_HOME (~/.ketrew); `ketrewd start` starts it.\n\n" +
         render_table(rows, 0, false) +
         "\nEvery command has --json, --help, --profile and --config. Try:\n"
         "  ketrew submit -- sh -c 'echo hello'\n"
         "  ketrew status\n";
}

void complain(Console& console, const Error& error) {
  std::string text = "ketrew: " + one_line(error.what, 2000);
  if (!error.hint.empty()) text += "; " + one_line(error.hint, 2000);
  console.complain(escape_for_terminal(text));
}

int number(Exit exit) { return static_cast<int>(exit); }

// Options may stand before the command: moved behind it, where they are understood.
std::optional<std::size_t> find_command(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].empty() || words[i][0] != '-') return i;
    if (words[i] == "--profile" || words[i] == "--config") ++i;
  }
  return {};
}

}  // namespace

Try<bool> Context::parse(Arguments& arguments) {
  arguments.flag("--json", json, "Print one JSON document")
      .option("--profile", profile, "NAME", "The daemon's profile ($KETREW_PROFILE, default)")
      .option("--config", config, "FILE", "The daemon's profile file ($KETREW_CONFIG)");
  const auto parsed = arguments.parse(words_);
  if (!parsed) return stop(Stop(Exit::usage, parsed.error()));
  if (!*parsed) console.print(arguments.help);
  return *parsed;
}

Try<api::Client*> Context::client() {
  if (!client_) {
    const auto home = profile::ketrew_home();
    if (!home) return stop(Stop(Exit::no_daemon, home.error()));
    client_.emplace(profile::socket_path(*home), patience_);
  }
  return &*client_;
}

Try<Json> Context::call(const api::Request& request) {
  auto to = client();
  if (!to) return stop(std::move(to.error()));
  auto answer = (*to)->call(request);
  if (answer) return std::move(*answer);
  api::Failure failure = std::move(answer.error());
  // The words that start the daemon are those that chose it.
  if (failure.kind == api::Failure::Kind::no_daemon &&
      failure.error.hint == "start it: ketrewd start") {
    if (!config.empty()) failure.error.hint += " --config " + shell_quote(config);
    if (!profile.empty()) failure.error.hint += " --profile " + shell_quote(profile);
  }
  return stop(std::move(failure));
}

Try<Json> Context::get(const Target& target) { return call({.target = target.text()}); }

int run(const std::vector<std::string>& words, Console& console, api::Patience patience) {
  const auto at = find_command(words);
  const auto given = [&](const char* option) {
    return std::find(words.begin(),
                     words.begin() + static_cast<std::ptrdiff_t>(at.value_or(words.size())),
                     option) !=
           words.begin() + static_cast<std::ptrdiff_t>(at.value_or(words.size()));
  };
  if (given("--version")) {
    console.line(std::string("ketrew ") + KETREW_VERSION);
    return number(Exit::done);
  }
  if (given("--help") || given("-h") || (at && words[*at] == "help" && words.size() == *at + 1)) {
    console.print(overview());
    return number(Exit::done);
  }
  if (!at) {
    complain(console, Error{ErrorKind::invalid, "no command", "see: ketrew --help"});
    return number(Exit::usage);
  }
  std::vector<std::string> names;
  for (const auto& command : commands()) {
    names.emplace_back(command.name);
    if (words[*at] != command.name) continue;
    std::vector<std::string> rest(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(*at));
    rest.insert(rest.end(), words.begin() + static_cast<std::ptrdiff_t>(*at) + 1, words.end());
    Context context(std::move(rest), console, patience);
    const Try<Exit> outcome = command.run(context);
    const bool printed = console.flush();
    if (!outcome) {
      complain(console, outcome.error().error);
      return number(outcome.error().exit);
    }
    if (!printed) {
      complain(console, Error{ErrorKind::unavailable, "the output could not be written",
                              "is the disk full?"});
      return number(Exit::internal);
    }
    return number(*outcome);
  }
  const std::string near = nearest(words[*at], names);
  complain(console, Error{ErrorKind::invalid, "no command \"" + words[*at] + "\"",
                          near.empty() ? "see: ketrew --help" : "did you mean \"" + near + "\"?"});
  return number(Exit::usage);
}

}  // namespace ketrew::client
