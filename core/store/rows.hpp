// Between the nouns of core/model and the columns of a row. Writing takes any value; reading trusts
// nothing: what this program would not have written throws Unreadable.
#pragma once

#include "core/model/job.hpp"
#include "core/store/feed.hpp"
#include "core/store/sqlite.hpp"

namespace ketrew::store {

// Bits of the column `flags`: stored, so append only.
namespace progress_flag {
inline constexpr std::int64_t attempt_open = 1, doubt = 2, kill_asked = 4, kill_sent = 8,
                              set_aside = 16, never_asked_for = 32, orphan = 64, timed_out = 128;
}

inline constexpr int progress_columns = 19;
// The texts that a Progress has only as JSON; they must live as long as the row's
// values.
struct ProgressTexts {
  explicit ProgressTexts(const Progress& progress);
  std::string failures, usage;
};
// Adds `progress_columns` values.
void put_progress(RowValues& row, const Progress& progress, const ProgressTexts& texts);
// From `first` on, in the order of KETREW_PROGRESS_COLUMNS.
Progress progress_at(const Query& query, int first);

// Where it is counted in its workflow's totals.
inline constexpr std::int64_t never_needed = -1;
inline std::int64_t workflow_bucket(State state, bool asked_for) {
  return state == State::killed && !asked_for ? never_needed : static_cast<std::int64_t>(state);
}

State state_at(const Query& query, int column);
JobId id_at(const Query& query, int column);
EdgeKind edge_kind_at(const Query& query, int column);
// Of the columns state, flags, id. Whether that is an end at all is for the caller to see.
JobEnd end_at(const Query& query, int first);

// `invalid` where a value has no JSON (a host that is not UTF-8).
Result<std::string> spec_text(const JobSpec& spec);
Result<JobSpec> spec_of(const std::string& text);
std::string retries_text(const RetryPolicy& retries);  // empty: never
RetryPolicy retries_of(const std::string& text);

void put_history(RowValues& row, const HistoryEntry& entry, std::int64_t previous);
HistoryEntry history_at(const Query& query);
inline constexpr int history_previous_column = 10;
inline constexpr int history_id_column = 11;  // of events: the id of the job

}  // namespace ketrew::store
