// The client of an application: a program on the host of the job that submits it, started detached
// from whoever asked for it. Shell texts, and what they print. Pure.
//
// In the playground, `client/`:
//   mode        the job's mode, in a word
//   pid         of the client's process, which leads a group of its own
//   out, err    what it said; the application's id is read from there
//   exit        how it ended (core/host/exit_record.hpp); its code is no verdict on the application
//   lifetime    what YARN said when it was told the job's timeout
// and with the mode `application`, whose script is the client, also claim and log of that script.
//
// A distributed shell's client is ended once it has named the application: it would only ask for the
// state, every second, for as long as the job lasts. With a timeout it stays unless the
// ResourceManager has taken the timeout over (since Hadoop 2.9).
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "backends/yarn/job_options.hpp"
#include "backends/yarn/site.hpp"
#include "core/host/exit_record.hpp"

namespace ketrew::yarn {

// Run in the playground, in a shell of its own: starts the client and waits, for a quarter of a
// minute, until it has named its application or has ended. Prints what read_clients reads and, where
// there is no application, what the client said.
std::string launch_text(const JobOptions& options, const Site& site, const std::string& token);

// Defines `ketrew_look_at_client TOKEN`, which prints what read_clients reads and adds to
// $ketrew_open where the client has not said all that is to be known. $ketrew_root: the folder of
// the playgrounds.
std::string look_functions();

// Defines `ketrew_end_client TOKEN`: TERM for the client's group, KILL where it was told before.
std::string end_functions();

// Sets $ketrew_jar, where it is empty, to the distributed shell's jar, if that is found.
std::string find_jar_text();

enum class ClientStand {
  named,       // it has named its application
  running,     // it has not, and runs
  ended,       // it has not, and has ended; `exit` may say how
  none,        // there has been no client
  unreadable,  // the playground cannot be read
};
struct Client {
  Mode mode = Mode::shell;
  ClientStand stand = ClientStand::unreadable;
  std::string application_id;
  std::optional<host::ExitRecord> exit;
};
// By token. What is not there, or not whole, is not in it.
std::map<std::string, Client> read_clients(const std::string& out);

// Whether what a distributed shell's client said before it ended proves that it submitted nothing.
// For ever: its words are about the options of the job.
struct Refusal {
  bool for_ever = false;
  std::string why;
};
std::optional<Refusal> read_refusal(const std::string& said);

}  // namespace ketrew::yarn
