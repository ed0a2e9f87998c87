#include "app/ketrewd/command_line.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "core/base/terminal_text.hpp"
#include "core/base/text.hpp"

namespace ketrew::daemon {
namespace {

#ifndef KETREW_VERSION
#define KETREW_VERSION "unknown"
#endif

constexpr const char* footer =
    "Examples:\n"
    "  ketrewd start\n"
    "  ketrewd start --profile server-with-plugins\n"
    "  ketrewd check --config my.yaml\n"
    "  ketrewd backends daemonize\n"
    "\n"
    "The home is $KETREW_HOME (~/.ketrew): database, socket, log and local playgrounds.\n";

class Help : public CLI::Formatter {
 public:
  Help() { column_width(26); }
  std::string make_usage(const CLI::App* app, std::string) const override {
    const bool top = app->get_parent() == nullptr;
    std::string usage = "usage: ketrewd " + (top ? std::string("COMMAND") : app->get_name());
    for (const CLI::Option* option :
         app->get_options([](const CLI::Option* o) { return o->get_positional(); }))
      usage += option->get_required() ? " " + option->get_name() : " [" + option->get_name() + "]";
    return usage + " [OPTION]...\n";
  }
};

// CLI11 looks for subcommands with a message of its own; ours has the nearest one.
std::optional<Error> unknown_command(const CLI::App& app, const std::vector<std::string>& words) {
  if (words.empty()) return Error{ErrorKind::invalid, "no command", "see: ketrewd --help"};
  if (words[0].empty() || words[0][0] == '-') return {};
  std::vector<std::string> names;
  for (const CLI::App* each : app.get_subcommands({})) names.push_back(each->get_name());
  if (std::find(names.begin(), names.end(), words[0]) != names.end()) return {};
  const std::string near = nearest(words[0], names);
  return Error{ErrorKind::invalid,
               "no command \"" + escape_for_terminal(one_line(words[0], 60)) + "\"",
               near.empty() ? "see: ketrewd --help" : "did you mean \"" + near + "\"?"};
}

}  // namespace

Result<CommandLine> parse_command_line(const std::vector<std::string>& words) {
  CommandLine line;
  Start start;
  ShowBackends backends;
  Backup backup;
  CLI::App app("Ketrew's daemon: keeps track of long-running jobs.");
  app.formatter(std::make_shared<Help>());
  app.set_help_flag("-h,--help", "Print this help");
  app.set_version_flag("--version", "ketrewd " KETREW_VERSION);
  app.footer(footer);
  app.require_subcommand(1);

  const auto add = [&](const char* name, const char* summary, bool with_profile) {
    CLI::App* command = app.add_subcommand(name, summary);
    command->formatter(std::make_shared<Help>());
    command->add_flag("--json", line.json, "Print one JSON document");
    auto* profile =
        command->add_option("--profile", line.profile, "Profile ($KETREW_PROFILE, default)");
    auto* config = command->add_option(
        "--config", line.config,
        "Profile file ($KETREW_CONFIG, $KETREW_HOME/ketrew.yaml, the shipped one)");
    profile->option_text("NAME");
    config->option_text("FILE");
    if (!with_profile) {  // accepted, for scripts that give them to every command
      profile->group("");
      config->group("");
    }
    return command;
  };
  CLI::App* start_command = add("start", "Start the daemon; returns once it serves", true);
  start_command->add_flag("--foreground", start.foreground,
                          "Stay in the foreground, log to stderr");
  CLI::App* stop_command = add("stop", "Stop the daemon; jobs go on", false);
  CLI::App* status_command = add("status", "How the daemon is", false);
  CLI::App* reload_command =
      add("reload", "Read the profile again and replace the backends that changed", false);
  CLI::App* check_command =
      add("check", "Validate the profile and try every backend; starts nothing", true);
  CLI::App* backends_command =
      add("backends", "The backends that are loaded, or the options of one", false);
  backends_command->add_option("name", backends.name, "A backend: shows its options")
      ->option_text(" ");
  CLI::App* backup_command =
      add("backup", "Copy the database to a new file while work goes on", false);
  backup_command->add_option("file", backup.file, "The new file")->required()->option_text(" ");

  try {
    if (auto unknown = unknown_command(app, words)) return pass(std::move(*unknown));
    std::vector<std::string> reversed(words.rbegin(), words.rend());  // as CLI11 wants them
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    line.command = PrintText{app.help()};
    return line;
  } catch (const CLI::CallForVersion& version) {
    line.command = PrintText{std::string(version.what()) + "\n"};
    return line;
  } catch (const std::exception& error) {
    return fail(ErrorKind::invalid, escape_for_terminal(one_line(error.what())),
                "see: ketrewd --help");
  }
  if (start_command->parsed()) line.command = start;
  if (stop_command->parsed()) line.command = Stop{};
  if (status_command->parsed()) line.command = ShowStatus{};
  if (reload_command->parsed()) line.command = Reload{};
  if (check_command->parsed()) line.command = Check{};
  if (backends_command->parsed()) line.command = backends;
  if (backup_command->parsed()) line.command = backup;
  return line;
}

}  // namespace ketrew::daemon
