// A profile: which backends a daemon loads, and how it behaves. Plain data, validated: whoever
// holds a Profile need not check its values again. Whether files exist is not looked at here.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/text.hpp"

namespace ketrew::profile {

// How long the daemon waits for one answer of a backend process (backends/README.md).
struct Deadlines {
  Milliseconds start = std::chrono::minutes(2);
  Milliseconds find = std::chrono::minutes(2);
  Milliseconds update = std::chrono::minutes(5);
  Milliseconds kill = std::chrono::minutes(2);
  Milliseconds query = std::chrono::minutes(1);  // `queries` and `log` too
  Milliseconds check = std::chrono::minutes(1);  // `initialize` too
  bool operator==(const Deadlines&) const = default;
};

struct Plugin {
  enum class Kind { package, path, exec };
  Kind kind = Kind::package;
  std::string package;               // kind package: its name
  std::string path;                  // kind path: absolute, variables expanded
  std::vector<std::string> command;  // kind exec: a program and its arguments
  // What jobs and limits call the backend; unique in the profile. If the profile gives none, that
  // of the package, or of the file without "lib" and ".so"; an exec has to have one.
  std::string name;
  Json options = Json::object();  // for the plugin's `initialize`, as JSON
  Deadlines deadlines;
  std::string where;  // "file:line:column" of the entry, for messages about it
};

struct Engine {
  int max_attempts = 10;                               // of one job, whatever its retry policy says
  Milliseconds lost_after = std::chrono::minutes(10);  // between the two sightings of `gone`
  Milliseconds orphan_grace =
      std::chrono::minutes(5);  // a passive job nothing can activate any more
  Milliseconds poll_interval = std::chrono::seconds(5);      // of a job that has just started
  Milliseconds poll_interval_max = std::chrono::minutes(1);  // of one that has run for long
  Milliseconds retry_delay = std::chrono::seconds(5);  // before a second attempt; doubles each time
  Milliseconds retry_delay_max = std::chrono::minutes(10);
  Milliseconds kill_timeout = std::chrono::minutes(10);  // no end seen since: `kill-failed`
  int set_aside_after = 3;  // crashes of its backend that one job may cause
  bool operator==(const Engine&) const = default;
};

struct Limits {
  int running = 0;               // jobs that the backend holds at once; 0: no limit
  double starts_per_second = 0;  // 0: no limit
  bool operator==(const Limits&) const = default;
};

struct Profile {
  std::string name;
  std::string file;                          // where it was read from
  std::vector<Plugin> plugins;               // in the order given
  std::map<std::string, std::string> hosts;  // name to host URI, each of which parses
  Engine engine;
  std::map<std::string, Limits> limits;  // by backend
  std::string default_backend;           // a plugin's name; empty only without plugins
  std::string default_host;  // a host URI; empty: this machine, in the home's own playground
  bool allow_network_file_system = false;
  std::string log_level = "info";  // trace, debug, info, warning or error
  // What is odd but no error, a line each, with its place.
  std::vector<std::string> warnings;
};

// The profile `name` of the file. Other profiles of the same file are not validated: their
// variables may be unset here. Errors name the place; an unknown profile name is not_found and
// lists those that there are. May be called from any thread; reads the environment.
Result<Profile> load_profile(const std::string& file, const std::string& name);
Result<Profile> parse_profile(std::string_view yaml, const std::string& file,
                              const std::string& name);

}  // namespace ketrew::profile
