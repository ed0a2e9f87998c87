// From LSF's reports to what the batch backend wants to know of each job.
#pragma once

#include "backends/lsf/fields_report.hpp"
#include "backends/lsf/long_report.hpp"
#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::lsf {

// Of `bjobs -l` and of `bjobs -o`. A job whose name is not the attempt's is somebody else's business
// (the id was given anew, or the job renamed): cannot-tell.
sdk::batch::Row queue_row(const LongJob& job, const sdk::batch::AskedJob& asked);
sdk::batch::Row queue_row(const FieldsJob& job, const sdk::batch::AskedJob& asked);
// Of `bhist -l`; nothing where the history does not have its end.
std::optional<sdk::batch::Row> history_row(const LongJob& job, const sdk::batch::AskedJob& asked);

}  // namespace ketrew::lsf
