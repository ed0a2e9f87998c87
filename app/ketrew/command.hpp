// What each command is: a name, a line of help, and a function.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "app/ketrew/arguments.hpp"
#include "app/ketrew/console.hpp"
#include "core/api/client.hpp"

namespace ketrew::client {

using api::Exit;
using api::Target;

// Why a command ends early: the exit code, and the line for stderr.
struct Stop {
  Exit exit = Exit::internal;
  Error error;
  Json problem = nullptr;  // the daemon's document, where it said no
  Stop(Exit code, Error why) : exit(code), error(std::move(why)) {}
  Stop(api::Failure failure)  // NOLINT: every failed call becomes one
      : exit(api::exit_code(failure)),
        error(std::move(failure.error)),
        problem(std::move(failure.problem)) {}
};
template <class T>
using Try = tl::expected<T, Stop>;

inline tl::unexpected<Stop> stop(Stop why) { return tl::unexpected<Stop>(std::move(why)); }
inline tl::unexpected<Stop> stop(Exit code, std::string what, std::string hint = {}) {
  return stop(Stop(code, Error{ErrorKind::invalid, std::move(what), std::move(hint)}));
}
inline tl::unexpected<Stop> wrong_usage(std::string what, std::string hint = {}) {
  return stop(Exit::usage, std::move(what), std::move(hint));
}

// What a command has to work with: its words, the console, the daemon. The daemon is not asked for
// before the first call.
class Context {
 public:
  Context(std::vector<std::string> words, Console& screen, api::Patience patience)
      : console(screen), words_(std::move(words)), patience_(patience) {}

  // Adds --json, --profile and --config, parses. False: help was printed, the command is done.
  Try<bool> parse(Arguments& arguments);
  // Connects on first use to the socket in the home.
  Try<api::Client*> client();
  // Shorthands for a JSON answer.
  Try<Json> get(const Target& target);
  Try<Json> call(const api::Request& request);

  const api::Patience& patience() const { return patience_; }

  Console& console;
  bool json = false;
  std::string profile, config;

 private:
  std::vector<std::string> words_;
  api::Patience patience_;
  std::optional<api::Client> client_;
};

struct Command {
  const char* name;
  const char* summary;
  Try<Exit> (*run)(Context&);
};
std::span<const Command> commands();

Try<Exit> submit(Context& context);
Try<Exit> status(Context& context);
Try<Exit> show(Context& context);
Try<Exit> why(Context& context);
Try<Exit> logs(Context& context);
Try<Exit> query(Context& context);
Try<Exit> wait(Context& context);
Try<Exit> kill(Context& context);
Try<Exit> restart(Context& context);
Try<Exit> graph(Context& context);
Try<Exit> pause(Context& context);
Try<Exit> resume(Context& context);
Try<Exit> set(Context& context);
Try<Exit> failures(Context& context);
Try<Exit> archive(Context& context);
Try<Exit> doctor(Context& context);

// The whole client: `words` without the program's name. Returns the exit code.
int run(const std::vector<std::string>& words, Console& console, api::Patience patience = {});

}  // namespace ketrew::client
