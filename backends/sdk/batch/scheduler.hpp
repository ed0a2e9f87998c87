// What a batch scheduler's backend has to say for itself: which command asks what, and what the
// answer means. Everything else (playgrounds, scripts, ssh, exit files, graces, splitting of long
// argument lists, who is asked first) is the same for all of them and stands in `BatchBackend`.
//
// A Scheduler is pure: text in, data out; it is tested on recorded answers. One object serves all
// hosts and threads, so its functions are const. Commands are POSIX shell texts, run on the host of
// the job in an empty working environment of their own: quote with `shell_quote`.
//
// Three rules for whoever reads an answer:
//   - rows first, exit codes second: what was printed about a job counts, whatever the exit code;
//   - absence means something only in a healthy answer, and `Answer::healthy` needs a proof of that
//     (another row, a heading, the words with which this scheduler says "no such job");
//   - a word that is not in the closed table of native states is cannot-tell, never an outcome.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "backends/sdk/backend.hpp"
#include "core/host/host.hpp"
#include "core/host/playground.hpp"

namespace ketrew::sdk::batch {

using host::ShellOutput;

// What is stored of one attempt, by every batch backend.
struct JobState {
  std::string id;                // the scheduler's own: "4711", "4711.server"; empty: not known
  std::string playground;        // absolute, on its host
  std::int64_t submitted_ms = 0;  // when the id was given, by our clock
  std::uint32_t restarts = 0;    // requeues under the same id that were seen
  Json own = Json::object();     // the flavour's own
  Json shown = Json::object();   // label: text, for people: nodes, queue, memory used, ...

  bool operator==(const JobState&) const = default;
};
void to_json(Json& json, const JobState& state);
void from_json(const Json& json, JobState& state);

// A job as a question is asked about it. `token` names the attempt; see `job_name`.
struct AskedJob {
  std::string token;
  JobState state;
};

// How one job is submitted. The script `playground.script()` is written before, whole: it is a
// MonitoredScript with these `shell`, `directives` and `restart_count`.
struct Submission {
  std::string shell = "/bin/sh";
  std::string directives;           // whole lines after `#!`
  std::string restart_count = "0";  // a shell word: the scheduler's own restarts of this job
  // A shell word that is the job's id where the script runs, "${SLURM_JOB_ID-}": of two submissions
  // of one attempt it tells which one has claimed it. Empty: this scheduler does not tell.
  std::string own_id;
  // The folder in the playground where the script keeps its claim, log, output and exit file. "": the
  // playground itself, where they are proof of what the job did. Another one: they are not, the
  // script is a client that submits the job. Nothing: it runs where the playground cannot be seen,
  // and keeps none.
  std::optional<std::string> records = "";
  std::string command;              // submits the script and prints the scheduler's answer
};

struct Submitted {
  std::string id;
  Json own = Json::object();
};
// A parsed id is the only yes; `Refused` needs words that prove that nothing was taken (for now:
// limits, full queues, maintenance; for ever: unknown queue, bad option). All else is in doubt.
using SubmitAnswer = std::variant<Submitted, Refused, InDoubt>;

// What one answer says of one job. An `Ended` observation here is the scheduler's word; the job's
// own exit file, where there is one, is believed before it and completes it.
struct Row {
  std::string id;
  std::string token;  // where the answer carries it, else empty
  Observation observation = observed::CannotTell{};
  std::optional<std::uint32_t> restarts;
  // Needs no other source. With Ended: of a success too, there is no exit file. Of a history: that the
  // job has not ended, though the queue did not have it; else a history may lag, and is not believed.
  bool is_proof = false;
  bool never_ran = false;        // with Ended: it never began, so that no exit file is waited for
  bool may_come_back = false;    // with Ended: perhaps it is being run again under its id
  Json shown = Json::object();  // goes to JobState::shown
  Json own = Json::object();    // of a `find`: what becomes JobState::own
};

struct Answer {
  bool healthy = false;  // a job that is not in `rows` is not known there
  std::string problem;   // where it is not healthy, for people
  std::vector<Row> rows;
  Evidence evidence;     // the command in short, its exit code, the words that decided
};

struct Query {
  std::string name, description;
  std::string command;  // its output is the answer
};

// What `bin` and `environment` of the profile's entry say; the base has put them into effect.
struct SiteOptions {
  Json own = Json::object();  // the other keys of the profile's options
};

class Scheduler {
 public:
  virtual ~Scheduler() = default;

  // Of the profile's entry, beside `bin` (a folder put before PATH on each host) and `environment`
  // (variables for each command), which the base takes.
  virtual Result<> initialize(const SiteOptions&) { return {}; }
  virtual OptionsSchema options() const = 0;
  virtual Milliseconds visibility_lag() const { return Milliseconds(5000); }

  // Variables of the daemon's environment that would change what the commands do (it may have been
  // started within a job, or from a shell that sets defaults): those beginning with one of
  // `prefixes` are unset on each host, but for the names in `kept`.
  struct ForeignVariables {
    std::vector<std::string> prefixes, kept;
  };
  virtual ForeignVariables foreign_variables() const { return {}; }

  // -- start: an error is a refusal for ever, and names the option
  virtual Result<Submission> submission(const StartRequest& request,
                                        const host::Playground& playground) const = 0;
  virtual SubmitAnswer read_submission(const ShellOutput& output) const = 0;

  // -- find: one command that asks the queue, and where it is one command too, the history, for a
  // token. A row for it means found; one with cannot-tell and no id: of this one it is not known.
  // `Answer::rows` may have several (an array, a requeue).
  virtual std::string find_command(std::span<const FindRequest> requests) const = 0;
  virtual Answer read_find(const ShellOutput& output,
                           std::span<const FindRequest> requests) const = 0;

  // -- update: one command for all of `jobs` (the base splits them only at the system's limit on
  // argument lists, and at `most_ids`). Ids of other users are never asked for.
  virtual std::size_t most_ids() const { return 10'000; }
  virtual std::string queue_command(std::span<const AskedJob> jobs) const = 0;
  virtual Answer read_queue(const ShellOutput& output, std::span<const AskedJob> jobs) const = 0;

  // For those that a healthy queue did not have, or had as ended without all that is wanted.
  // nothing: this scheduler has no history (on this site).
  virtual std::optional<std::string> history_command(std::span<const AskedJob> jobs) const = 0;
  virtual Answer read_history(const ShellOutput& output,
                              std::span<const AskedJob> jobs) const = 0;

  // Whether it can do something about a job whose id is not known yet: then `kill` and `queries` get
  // those as well.
  virtual bool serves_nameless() const { return false; }

  // -- inventory: one command that lists what the user has in the queue; a row with a token for each
  // that carries one. Rows that have ended are left out by the base. Empty: it has no such list.
  virtual std::string inventory_command() const { return {}; }
  virtual Answer read_inventory(const ShellOutput& output) const {
    (void)output;
    return {};
  }

  // -- kill: one command for all of them; an answer for each, in order.
  struct KillAnswer {
    KillWord word = KillWord::cannot_tell;
    std::string why;
  };
  virtual std::string kill_command(std::span<const AskedJob> jobs) const = 0;
  virtual std::vector<KillAnswer> read_kill(const ShellOutput& output,
                                            std::span<const AskedJob> jobs) const = 0;

  // Beside `stdout`, `stderr`, `log` and `script`, which the base has.
  virtual std::vector<Query> queries(const AskedJob& job) const = 0;

  // -- check: what tells whether it can work on a host: commands, versions, controller, accounting,
  // history window. Each entry says what it means for the user.
  virtual std::string check_command() const = 0;
  virtual std::vector<CheckEntry> read_check(const ShellOutput& output) const = 0;
};

}  // namespace ketrew::sdk::batch
