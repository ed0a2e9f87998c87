// What is held against each other by `ketrew doctor`, and what follows. Pure.
//
//   ghost       our job runs, and its backend's inventory does not have it
//   stray       an attempt waits or runs out there whose job is not in the database
//   leftover    a playground whose job is not in the database, and of which nothing runs
//   unfinished  files of a job that is over, written and never renamed into place
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/base/attempt.hpp"
#include "core/base/text.hpp"

namespace ketrew::daemon::doctor {

enum class Stand { over, open, bare };
struct Playground {
  std::string token;
  Stand stand = Stand::bare;
  bool unfinished = false;
};

// What was seen of one host. A part with a problem was not seen.
struct HostSeen {
  std::string playgrounds_problem;
  std::vector<Playground> playgrounds;
  struct Held {
    std::string problem;
    std::set<std::string> tokens;
  };
  std::map<std::string, Held> held;  // by backend
};

// A job of ours that its backend has, before anything was looked at and still afterwards.
struct Running {
  std::string token, backend, host;
};

enum class Known { here, archived, nowhere };

struct Seen {
  std::map<std::string, HostSeen> hosts;  // by host URI
  std::vector<Running> running;
  std::map<JobId, Known> known;           // of every attempt that was seen
  std::set<JobId> unfinished;             // of those that are here
  std::string home_playground;            // what is in there is this home's, whoever knows of it
};

enum class Kind { ghost, stray, leftover, unfinished };
std::string_view to_string(Kind kind);

struct Finding {
  Kind kind = Kind::ghost;
  std::string token, host;
  std::string backend;  // of ghosts and strays; empty: none says that it has it
  std::string why;
  bool ours = true;  // else it may be another home's, and nothing is done unless it is named
};
struct Report {
  std::vector<Finding> findings;
  std::vector<std::string> unchecked;
};
Report judge(const Seen& seen);
// What --fix does about it, for people.
std::string cure(const Finding& finding);

}  // namespace ketrew::daemon::doctor
