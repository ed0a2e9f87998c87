// Every statement that runs on a database again and again, by name. A test asks SQLite for the plan
// of each and refuses one that would read all of `jobs` or `history`.
#pragma once

#include <cstddef>
#include <string_view>

namespace ketrew::store {

// How a job's row is read and written: the columns of Progress, in the order of rows.cpp.
#define KETREW_PROGRESS_COLUMNS                                                   \
  "state, attempt, flags, failures, backend_state, phase, reason, message, "      \
  "exit_code, signal, failure, evidence_command, evidence_code, evidence_words, " \
  "usage, started_at, ended_at, noticed_at"
// The first columns of `feed` (feed.hpp).
#define KETREW_FEED_11 "c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10"
#define KETREW_FEED_29                                                    \
  KETREW_FEED_11                                                          \
      ", c11, c12, c13, c14, c15, c16, c17, c18, c19, c20, c21, c22, c23" \
      ", c24, c25, c26, c27, c28"
#define KETREW_HISTORY_COLUMNS                                                   \
  "sequence, job, at, from_state, to_state, attempt, reason, evidence_command, " \
  "evidence_code, evidence_words, previous"

// Each line: name, text.
#define KETREW_STATEMENTS(X)                                                                       \
  X(epoch, "SELECT epoch FROM owner WHERE one = 1")                                                \
  X(take_epoch, "UPDATE owner SET epoch = epoch + 1, pid = ?, host = ?, since = ? WHERE one = 1")  \
  X(owner, "SELECT epoch, home, last_key, last_id, last_sequence FROM owner WHERE one = 1")        \
  X(set_last,                                                                                      \
    "UPDATE owner SET last_key = max(last_key, ?), last_id = max(last_id, ?),"                     \
    " last_sequence = max(last_sequence, ?) WHERE one = 1")                                        \
  X(newest_job, "SELECT key, id FROM jobs ORDER BY key DESC LIMIT 1")                              \
  X(newest_event, "SELECT sequence FROM history ORDER BY sequence DESC LIMIT 1")                   \
  /* writing */                                                                                    \
  X(find_word, "SELECT number FROM words WHERE text = ?")                                          \
  X(word, "SELECT text FROM words WHERE number = ?")                                               \
  X(add_word, "INSERT INTO words (text) VALUES (?) RETURNING number")                              \
  X(add_jobs,                                                                                      \
    "INSERT INTO jobs (key, id, name, backend, host, has_condition, retries, restart_of,"          \
    " submitted_at, is_open, last_event, " KETREW_PROGRESS_COLUMNS ") SELECT " KETREW_FEED_29      \
    " FROM feed")                                                                                  \
  X(add_specs, "INSERT INTO specs (key, spec) SELECT c0, c1 FROM feed")                            \
  X(add_tag, "INSERT OR IGNORE INTO tags (job, tag) VALUES (?, ?)")                                \
  /* While a job stays open its row is in the same indexes: columns they use are left out. */      \
  X(update_open_job,                                                                               \
    "UPDATE jobs SET state=?, attempt=?, flags=?, failures=?, backend_state=?, phase=?, reason=?," \
    " message=?, exit_code=?, signal=?, failure=?, evidence_command=?, evidence_code=?,"           \
    " evidence_words=?, usage=?, started_at=?, ended_at=?,"                                        \
    " last_event=coalesce(?, last_event) WHERE key=? AND state=?")                                 \
  X(update_job,                                                                                    \
    "UPDATE jobs SET state=?, attempt=?, flags=?, failures=?, backend_state=?, phase=?, reason=?," \
    " message=?, exit_code=?, signal=?, failure=?, evidence_command=?, evidence_code=?,"           \
    " evidence_words=?, usage=?, started_at=?, ended_at=?, noticed_at=?, is_open=?,"               \
    " last_event=coalesce(?, last_event)"                                                          \
    " WHERE key=? AND state=?")                                                                    \
  X(state_of, "SELECT state FROM jobs WHERE key = ?")                                              \
  X(last_event, "SELECT last_event FROM jobs WHERE key = ?")                                       \
  X(set_last_event, "UPDATE jobs SET last_event = ? WHERE key = ?")                                \
  X(add_history,                                                                                   \
    "INSERT INTO history (" KETREW_HISTORY_COLUMNS ") SELECT " KETREW_FEED_11 " FROM feed")        \
  X(add_to_total,                                                                                  \
    "INSERT INTO totals (state, jobs) VALUES (?, ?)"                                               \
    " ON CONFLICT (state) DO UPDATE SET jobs = jobs + excluded.jobs")                              \
  X(find_request, "SELECT fingerprint, jobs FROM idempotency WHERE key = ?")                       \
  X(add_request, "INSERT INTO idempotency (key, fingerprint, jobs, at) VALUES (?, ?, ?, ?)")       \
  /* reading */                                                                                    \
  X(unfinished, "SELECT key, id, backend, host, has_condition, retries, " KETREW_PROGRESS_COLUMNS  \
                ", last_event FROM jobs INDEXED BY jobs_open WHERE is_open = 1 ORDER BY key")      \
  X(unknown_state,                                                                                 \
    "SELECT key FROM jobs INDEXED BY jobs_ended WHERE state > 9 AND state > ? LIMIT 10000")        \
  X(ids_between, "SELECT key, id FROM jobs WHERE id >= ? AND id < ? ORDER BY id LIMIT 6")          \
  X(job, "SELECT jobs.key, id, submitted_at, spec, " KETREW_PROGRESS_COLUMNS                       \
         " FROM jobs LEFT JOIN specs ON specs.key = jobs.key WHERE jobs.key = ?")                  \
  X(glance, "SELECT state, backend, name, noticed_at FROM jobs WHERE key = ?")                     \
  X(spec, "SELECT spec FROM specs WHERE key = ?")                                                  \
  X(event, "SELECT " KETREW_HISTORY_COLUMNS " FROM history WHERE sequence = ?")                    \
  X(events,                                                                                        \
    "SELECT " KETREW_HISTORY_COLUMNS " FROM history WHERE sequence > ? ORDER BY sequence LIMIT ?") \
  X(totals, "SELECT state, jobs FROM totals")                                                      \
  X(restarts, "SELECT id FROM jobs WHERE restart_of = ? ORDER BY key")                             \
  X(has_tag, "SELECT 1 FROM tags WHERE job = ? AND tag = ?")                                       \
  /* candidates of a list, newest first */                                                         \
  X(keys_all, "SELECT key FROM jobs WHERE key < ? ORDER BY key DESC")                              \
  X(keys_open,                                                                                     \
    "SELECT key FROM jobs INDEXED BY jobs_open WHERE is_open = 1 AND key < ? ORDER BY key DESC")   \
  X(keys_tagged, "SELECT job FROM tags WHERE tag = ? AND job < ? ORDER BY job DESC")               \
  X(keys_named,                                                                                    \
    "SELECT key FROM jobs INDEXED BY jobs_name WHERE name = ? AND key < ? ORDER BY key DESC")      \
  X(keys_of_backend, "SELECT key FROM jobs WHERE backend = ? AND key < ? ORDER BY key DESC")       \
  X(keys_ended,                                                                                    \
    "SELECT key FROM jobs INDEXED BY jobs_ended WHERE state = ? AND state > 9 AND key < ?"         \
    " ORDER BY key DESC")                                                                          \
  X(keys_noticed,                                                                                  \
    "SELECT key FROM jobs INDEXED BY jobs_noticed WHERE noticed_at >= ? AND key < ?"               \
    " ORDER BY key DESC LIMIT ?")                                                                  \
  X(count_noticed,                                                                                 \
    "SELECT count(*) FROM (SELECT 1 FROM jobs INDEXED BY jobs_noticed WHERE noticed_at >= ?"       \
    " LIMIT ?)")                                                                                   \
  /* archiving */                                                                                  \
  X(keys_noticed_before,                                                                           \
    "SELECT key FROM jobs INDEXED BY jobs_noticed WHERE noticed_at < ? AND is_open = 0"            \
    " ORDER BY noticed_at LIMIT ?")                                                                \
  X(previous_event, "SELECT previous, job FROM history WHERE sequence = ?")                        \
  X(remove_event, "DELETE FROM history WHERE sequence = ?")                                        \
  X(remove_tags, "DELETE FROM tags WHERE job = ?")                                                 \
  X(remove_spec, "DELETE FROM specs WHERE key = ?")                                                \
  X(remove_job, "DELETE FROM jobs WHERE key = ? AND is_open = 0")                                  \
  X(remove_requests,                                                                               \
    "DELETE FROM idempotency WHERE key IN (SELECT key FROM idempotency WHERE at < ? LIMIT 1000)")

enum class Sql : std::size_t {
#define KETREW_NAME(name, text) name,
  KETREW_STATEMENTS(KETREW_NAME)
#undef KETREW_NAME
      count_
};
inline constexpr std::size_t sql_count = static_cast<std::size_t>(Sql::count_);

constexpr std::string_view text_of(Sql which) {
  constexpr std::string_view texts[] = {
#define KETREW_TEXT(name, text) text,
      KETREW_STATEMENTS(KETREW_TEXT)
#undef KETREW_TEXT
  };
  return texts[static_cast<std::size_t>(which)];
}

}  // namespace ketrew::store
