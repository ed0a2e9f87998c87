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
  "usage, started_at, ended_at, running_since, noticed_at"
// The first columns of `feed` (feed.hpp).
#define KETREW_FEED_10 "c0, c1, c2, c3, c4, c5, c6, c7, c8, c9"
#define KETREW_FEED_20 KETREW_FEED_10 ", c10, c11, c12, c13, c14, c15, c16, c17, c18, c19"
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
  /* twice in one transaction: nothing is different, and the page is written all the same */         \
  X(touch_owner, "UPDATE owner SET pid = -pid WHERE one = 1")                                      \
  X(newest_job, "SELECT key, id FROM jobs ORDER BY key DESC LIMIT 1")                              \
  X(newest_event, "SELECT sequence FROM history ORDER BY sequence DESC LIMIT 1")                   \
  /* writing */                                                                                    \
  X(find_word, "SELECT number FROM words WHERE text = ?")                                          \
  X(word, "SELECT text FROM words WHERE number = ?")                                               \
  X(add_word, "INSERT INTO words (text) VALUES (?) RETURNING number")                              \
  X(add_jobs,                                                                                      \
    "INSERT INTO jobs (key, id, name, backend, host, has_condition, retries, restart_of,"          \
    " submitted_at, spec, same_as, workflow, node, equivalence, timeout)"                          \
    " SELECT " KETREW_FEED_10 ", c10, c11, c12, c13, c14 FROM feed")                               \
  X(add_edges, "INSERT OR IGNORE INTO edges (source, target, kind) SELECT c0, c1, c2 FROM feed")   \
  X(add_workflow,                                                                                  \
    "INSERT INTO workflows (key, id, name, file, submitted_at) VALUES (?, ?, ?, ?, ?)")            \
  X(add_to_workflow,                                                                               \
    "INSERT INTO workflow_totals (workflow, state, jobs) VALUES (?, ?, ?)"                         \
    " ON CONFLICT (workflow, state) DO UPDATE SET jobs = jobs + excluded.jobs")                    \
  X(supersede,                                                                                     \
    "UPDATE jobs SET superseded = 1 WHERE id = ? AND superseded IS NULL AND workflow IS NOT NULL"  \
    " RETURNING key, workflow, same_as")                                                           \
  X(put_progress, "REPLACE INTO progress (key, " KETREW_PROGRESS_COLUMNS                           \
                  ", last_event) SELECT " KETREW_FEED_20 ", c20 FROM feed")                       \
  X(add_open, "INSERT INTO open_jobs (key) SELECT c0 FROM feed")                                   \
  X(remove_open, "DELETE FROM open_jobs WHERE key = ?")                                            \
  X(add_finished, "INSERT INTO finished (noticed_at, key) SELECT c0, c1 FROM feed")                \
  X(remove_finished, "DELETE FROM finished WHERE noticed_at = ? AND key = ?")                      \
  X(add_unsucceeded, "INSERT INTO unsucceeded (state, key) SELECT c0, c1 FROM feed")               \
  X(remove_unsucceeded, "DELETE FROM unsucceeded WHERE state = ? AND key = ?")                     \
  X(add_tag, "INSERT OR IGNORE INTO tags (job, tag) VALUES (?, ?)")                                \
  X(standing, "SELECT state, last_event, noticed_at FROM progress WHERE key = ?")                  \
  X(set_last_event, "UPDATE progress SET last_event = ? WHERE key = ?")                            \
  X(add_history, "INSERT INTO history (" KETREW_HISTORY_COLUMNS ") SELECT " KETREW_FEED_10         \
                 ", c10"                                                                           \
                 " FROM feed")                                                                     \
  X(add_to_total,                                                                                  \
    "INSERT INTO totals (state, jobs) VALUES (?, ?)"                                               \
    " ON CONFLICT (state) DO UPDATE SET jobs = jobs + excluded.jobs")                              \
  X(find_request, "SELECT fingerprint, jobs FROM idempotency WHERE key = ?")                       \
  X(add_request, "INSERT INTO idempotency (key, fingerprint, jobs, at) VALUES (?, ?, ?, ?)")       \
  /* reading */                                                                                    \
  X(unfinished,                                                                                    \
    "SELECT open_jobs.key, id, backend, host, has_condition, retries, " KETREW_PROGRESS_COLUMNS    \
    ", last_event, workflow, equivalence, timeout"                                                 \
    " FROM open_jobs LEFT JOIN jobs ON jobs.key = open_jobs.key"                                   \
    " LEFT JOIN progress ON progress.key = open_jobs.key ORDER BY open_jobs.key")                  \
  /* with the end of each source that is over */                                                   \
  X(edges_to_open,                                                                                 \
    "SELECT source, edges.target, kind, state, flags, id FROM open_jobs"                           \
    " CROSS JOIN edges ON edges.target = open_jobs.key"                                            \
    " LEFT JOIN progress ON progress.key = source LEFT JOIN jobs ON jobs.key = source")            \
  X(end_of, "SELECT state, flags, id FROM progress JOIN jobs ON jobs.key = progress.key"           \
            " WHERE progress.key = ?")                                                             \
  X(sketch,                                                                                        \
    "SELECT id, state, node, name FROM jobs JOIN progress ON progress.key = jobs.key"              \
    " WHERE jobs.key = ?")                                                                         \
  X(end_of_id,                                                                                     \
    "SELECT state FROM jobs JOIN progress ON progress.key = coalesce(same_as, jobs.key)"           \
    " WHERE jobs.id = ?")                                                                          \
  X(edges_to, "SELECT source, kind FROM edges WHERE target = ? ORDER BY source LIMIT ?")           \
  X(edges_from, "SELECT target, kind FROM edges WHERE source = ? ORDER BY target LIMIT ?")         \
  X(same_as, "SELECT same_as FROM jobs WHERE key = ?")                                             \
  X(pointers_to,                                                                                   \
    "SELECT key, id, workflow, node, superseded FROM jobs WHERE same_as = ? ORDER BY key LIMIT ?") \
  X(workflows_between,                                                                             \
    "SELECT key, id FROM workflows WHERE id >= ? AND id < ? ORDER BY id LIMIT 6")                  \
  X(workflow_named, "SELECT max(key) FROM workflows WHERE name = ?")                               \
  X(workflow, "SELECT key, id, name, file, submitted_at FROM workflows WHERE key = ?")             \
  X(workflows,                                                                                     \
    "SELECT key, id, name, file, submitted_at FROM workflows WHERE key < ? ORDER BY key DESC"      \
    " LIMIT ?")                                                                                    \
  X(workflow_of,                                                                                   \
    "SELECT workflows.id FROM jobs JOIN workflows ON workflows.key = jobs.workflow"                \
    " WHERE jobs.id = ?")                                                                          \
  X(workflow_totals, "SELECT state, jobs FROM workflow_totals WHERE workflow = ? AND jobs > 0")    \
  X(workflow_pointers,                                                                             \
    "SELECT iif(state = ? AND flags & ?, -1, state) AS bucket, count(*)"                           \
    " FROM jobs INDEXED BY jobs_pointers JOIN progress ON progress.key = same_as"                  \
    " WHERE workflow = ? AND same_as IS NOT NULL AND superseded IS NULL GROUP BY bucket")          \
  X(newest_failed,                                                                                 \
    "SELECT progress.key FROM jobs JOIN progress ON progress.key = coalesce(same_as, jobs.key)"    \
    " WHERE workflow = ? AND superseded IS NULL AND state > ? AND NOT (state = ? AND flags & ?)"   \
    " ORDER BY jobs.key")                                                                          \
  /* of each node the newest job, pointers followed */                                             \
  X(workflow_jobs,                                                                                 \
    "SELECT coalesce(same_as, key) FROM jobs WHERE workflow = ? AND superseded IS NULL"            \
    " ORDER BY key")                                                                               \
  X(ids_between,                                                                                   \
    "SELECT coalesce(same_as, key), id FROM jobs WHERE id >= ? AND id < ? ORDER BY id LIMIT 6")    \
  X(job, "SELECT jobs.key, jobs.id, jobs.submitted_at, spec, " KETREW_PROGRESS_COLUMNS             \
         ", workflow, node, workflows.id, workflows.name FROM jobs"                                \
         " LEFT JOIN progress ON progress.key = jobs.key"                                          \
         " LEFT JOIN workflows ON workflows.key = workflow WHERE jobs.key = ?")                    \
  X(glance,                                                                                        \
    "SELECT state, noticed_at, backend, name FROM progress LEFT JOIN jobs ON jobs.key = "          \
    "progress.key"                                                                                 \
    " WHERE progress.key = ?")                                                                     \
  X(spec, "SELECT spec FROM jobs WHERE key = ?")                                                   \
  X(event, "SELECT " KETREW_HISTORY_COLUMNS                                                        \
           ", id FROM history LEFT JOIN jobs ON key = job"                                         \
           " WHERE sequence = ?")                                                                  \
  X(events, "SELECT " KETREW_HISTORY_COLUMNS                                                       \
            ", id FROM history LEFT JOIN jobs ON key = job"                                        \
            " WHERE sequence > ? ORDER BY sequence LIMIT ?")                                       \
  X(totals, "SELECT state, jobs FROM totals")                                                      \
  X(restarts, "SELECT id FROM jobs WHERE restart_of = ? ORDER BY key")                             \
  X(restart_of, "SELECT restart_of FROM jobs WHERE id = ?")                                        \
  X(has_tag, "SELECT 1 FROM tags WHERE job = ? AND tag = ?")                                       \
  /* candidates of a list, newest first */                                                         \
  X(keys_all, "SELECT key FROM progress WHERE key < ? ORDER BY key DESC")                          \
  X(keys_open, "SELECT key FROM open_jobs WHERE key < ? ORDER BY key DESC")                        \
  X(keys_of_workflow,                                                                              \
    "SELECT key FROM jobs WHERE key < ?2 AND workflow IN"                                          \
    " (SELECT key FROM workflows WHERE name = ?1 OR id = ?1) ORDER BY key DESC")                   \
  X(keys_tagged, "SELECT job FROM tags WHERE tag = ? AND job < ? ORDER BY job DESC")               \
  X(keys_named,                                                                                    \
    "SELECT key FROM jobs INDEXED BY jobs_name WHERE name = ? AND key < ? ORDER BY key DESC")      \
  X(keys_of_backend, "SELECT key FROM jobs WHERE backend = ? AND key < ? ORDER BY key DESC")       \
  X(keys_unsucceeded, "SELECT key FROM unsucceeded WHERE state = ? AND key < ? ORDER BY key DESC") \
  X(keys_noticed,                                                                                  \
    "SELECT key FROM finished WHERE noticed_at >= ? AND key < ? ORDER BY key DESC LIMIT ?")        \
  X(count_noticed, "SELECT count(*) FROM (SELECT 1 FROM finished WHERE noticed_at >= ? LIMIT ?)")  \
  X(pauses, "SELECT kind, what FROM paused")                                                       \
  X(add_pause, "INSERT OR IGNORE INTO paused (kind, what, since) VALUES (?, ?, ?)")                \
  X(remove_pause, "DELETE FROM paused WHERE kind = ? AND what = ?")                                \
  /* archiving */                                                                                  \
  X(keys_noticed_before,                                                                           \
    "SELECT noticed_at, key FROM finished WHERE noticed_at < ?"                                    \
    " AND (noticed_at, key) > (?, ?) AND NOT EXISTS (SELECT 1 FROM edges"                          \
    " JOIN open_jobs ON open_jobs.key = target WHERE source = finished.key)"                       \
    " ORDER BY noticed_at, key LIMIT ?")                                                           \
  X(holds_up,                                                                                      \
    "SELECT 1 FROM edges JOIN open_jobs ON open_jobs.key = target WHERE source = ? LIMIT 1")       \
  X(remove_edges_from, "DELETE FROM edges WHERE source = ?")                                       \
  X(remove_edges_to, "DELETE FROM edges WHERE target = ?")                                         \
  X(remove_pointers, "DELETE FROM jobs WHERE same_as = ?")                                         \
  X(membership,                                                                                    \
    "SELECT workflow, superseded, state, flags, id FROM jobs"                                      \
    " JOIN progress ON progress.key = jobs.key WHERE jobs.key = ?")                                \
  X(previous_event, "SELECT previous, job FROM history WHERE sequence = ?")                        \
  X(remove_event, "DELETE FROM history WHERE sequence = ?")                                        \
  X(remove_tags, "DELETE FROM tags WHERE job = ?")                                                 \
  X(remove_progress, "DELETE FROM progress WHERE key = ?")                                         \
  X(remove_job, "DELETE FROM jobs WHERE key = ?")                                                  \
  X(remove_workflow_totals,                                                                        \
    "DELETE FROM workflow_totals WHERE workflow IN (SELECT key FROM workflows"                     \
    " WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE workflow = workflows.key))")                      \
  X(remove_workflows,                                                                              \
    "DELETE FROM workflows WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE workflow = workflows.key)")  \
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
