// What a job's block of `qstat -f` means.
#pragma once

#include "backends/pbs/dialect.hpp"
#include "backends/pbs/listing.hpp"
#include "backends/sdk/batch/scheduler.hpp"

namespace ketrew::pbs {

// The row's id is the block's. A block that was cut, is doubtful, or has a word that is not in the
// tables is cannot-tell.
sdk::batch::Row to_row(const Block& block, Dialect dialect);

// Whether the block is of another job that was given the same number: PBS begins again at 0 when
// its server is set up anew. Only what proves that counts.
bool is_another_job(const Block& block, Dialect dialect, const sdk::batch::AskedJob& job);

}  // namespace ketrew::pbs
