#include "backends/pbs/ending.hpp"

#include <csignal>

#include "backends/pbs/states.hpp"
#include "backends/pbs/values.hpp"
#include "core/base/text.hpp"

namespace ketrew::pbs {
namespace {

using observed::Ended;
using sdk::batch::Row;

std::optional<Wall> ended_at(const Block& block, Dialect dialect) {
  switch (dialect) {
    case Dialect::openpbs:
      if (const auto time = to_time(block[Attribute::obittime])) return time;
      return to_time(block[Attribute::mtime]);
    case Dialect::torque: return to_time(block[Attribute::comp_time]);
    case Dialect::slurm: return to_time(block[Attribute::ctime]);
  }
  return std::nullopt;
}

bool was_started(const Block& block, Dialect dialect) {
  return started_at(block, dialect) || !block[Attribute::exec_host].empty();
}

Json usage(const Block& block) {
  Json used = Json::object();
  // A short job is measured as 0kb: nobody looked in time.
  if (const auto bytes = to_bytes(block[Attribute::used_mem]); bytes && *bytes > 0)
    used["max_rss_bytes"] = *bytes;
  if (const auto bytes = to_bytes(block[Attribute::used_vmem]); bytes && *bytes > 0)
    used["max_vm_bytes"] = *bytes;
  if (const auto time = to_duration(block[Attribute::used_cput])) used["cpu_ms"] = time->count();
  return used.empty() ? Json(nullptr) : used;
}

// It ran as long as it was allowed to: what ended it is the limit, though PBS says only a signal.
bool at_wall_time(const Block& block, const Ended& ended, Dialect dialect) {
  const auto limit = to_duration(block[Attribute::limit_walltime]);
  if (!limit || *limit <= Milliseconds(0)) return false;
  auto used = to_duration(block[Attribute::used_walltime]);
  if (dialect == Dialect::slurm && ended.started_at && ended.ended_at)
    used = *ended.ended_at - *ended.started_at;
  return used && *used >= *limit;
}

void without_status(const Block& block, Dialect dialect, Row& row, Ended& ended) {
  row.never_ran = !was_started(block, dialect);
  if (dialect == Dialect::slurm) {
    // One that ran and is over; with it, cancelled and timed out ones.
    if (row.never_ran) {
      ended.failure = FailureClass::cancelled_outside;
      ended.message = "ended before it was given a node";
    } else if (at_wall_time(block, ended, dialect)) {
      ended.failure = FailureClass::wall_time;
      ended.message = "ran for as long as it was allowed to";
    }  // else it does not say how: only the job's exit file does
  } else if (to_number(block[Attribute::substate]) == substate::terminated) {
    ended.failure = FailureClass::cancelled_outside;
    ended.message = row.never_ran ? "deleted before it ran" : "deleted by force";
  } else if (row.never_ran) {
    ended.failure = FailureClass::never_started;
    ended.message = "ended without having run";
  }  // else nothing is said: a class that was guessed here would go before the job's exit file
}

void by_signal(const Block& block, Dialect dialect, int signal, Row& row, Ended& ended) {
  ended.signal = signal;
  ended.message = "ended by signal " + std::to_string(signal);
  row.never_ran = dialect == Dialect::torque && !was_started(block, dialect);
  if (row.never_ran || to_number(block[Attribute::substate]) == substate::terminated) {
    ended.failure = FailureClass::cancelled_outside;
    ended.message = row.never_ran ? "deleted before it ran" : "deleted";
    if (row.never_ran) ended.signal.reset();
  } else if (at_wall_time(block, ended, dialect)) {
    ended.failure = FailureClass::wall_time;
    ended.message += ", having run for as long as it was allowed to";
  } else if (dialect == Dialect::torque && (signal == SIGTERM || signal == SIGKILL)) {
    // Torque does not say who asked for the end, as OpenPBS does. A program that is killed alone
    // leaves its script alive, which then ends by itself, with a status below 256.
    ended.failure = FailureClass::cancelled_outside;
    ended.message += ", with its script: by qdel, or by whoever rules the machine";
  }
}

}  // namespace

std::optional<Wall> started_at(const Block& block, Dialect dialect) {
  if (dialect != Dialect::slurm) return to_time(block[Attribute::stime]);
  // Its mtime is the start, the expected one while the job waits.
  if (block[Attribute::exec_host].empty()) return std::nullopt;
  return to_time(block[Attribute::mtime]);
}

void take_ending(const Block& block, Dialect dialect, Row& row) {
  Ended ended;
  ended.started_at = started_at(block, dialect);
  ended.ended_at = ended_at(block, dialect);
  ended.usage = usage(block);
  const std::string text(block[Attribute::exit_status]);
  const auto status = to_number(text);
  if (text.empty()) {
    without_status(block, dialect, row, ended);
  } else if (!status || std::to_string(*status) != text || dialect == Dialect::slurm) {
    row.observation = observed::CannotTell{
        "qstat says exit status \"" + to_valid_utf8(one_line(text, 20)) + "\"", {}};
    return;
  } else if (*status < 0) {
    const auto* failure =
        *status < -1000 ? nullptr
                        : find_execution_failure(dialect, static_cast<int>(*status));
    ended.failure = failure ? failure->failure : FailureClass::node;
    ended.message = failure ? std::string(failure->words) : "ended by PBS";
    ended.message += " (Exit_status " + text + ")";
    row.never_ran = failure && failure->never_ran;
  } else if (*status <= 255) {
    ended.exit_code = static_cast<int>(*status);
    if (*status == 254) ended.message = "PBS says 254 where it cannot start the shell (-S), too";
    if (*status != 0 && to_number(block[Attribute::substate]) == substate::terminated)
      ended.failure = FailureClass::cancelled_outside;
  } else if (*status > 256 && *status <= 256 + 64) {
    by_signal(block, dialect, static_cast<int>(*status) - 256, row, ended);
  } else {
    ended.failure = FailureClass::node;
    ended.message = "ended with Exit_status " + to_valid_utf8(one_line(text, 20));
  }
  if (const std::string_view comment = block[Attribute::comment]; !comment.empty()) {
    if (!ended.message.empty()) ended.message += "; ";
    ended.message += "PBS says: " + to_valid_utf8(one_line(comment, 300));
  }
  row.observation = std::move(ended);
}

}  // namespace ketrew::pbs
