// The accounting of Grid Engine, as `qacct -j` prints it: a record a run, "name  value" a line, below
// a line of '='. A job that was run again has a record for each run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/model/observation.hpp"

namespace ketrew::sge {

struct AccountingRecord {
  std::string id, name, host, category;  // category: what was asked for, "-l h_rt=5"
  std::optional<int> failed, exit_status;
  std::string failed_words;
  std::optional<Wall> started, ended;  // none: it never ran
  std::optional<double> wallclock_seconds;
  Json usage = Json::object();
  bool whole = false;  // its last line was seen
};
std::vector<AccountingRecord> read_accounting(std::string_view text);

struct End {
  observed::Ended ended;
  bool never_ran = false;
};
// Of the last record of a job. Nothing: it was put back into the queue, or the record is cut or has
// a code that is not in the table.
std::optional<End> end_of(const AccountingRecord& record);

}  // namespace ketrew::sge
