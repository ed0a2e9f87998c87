#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.hpp"
#include "core/store/chores.hpp"
#include "core/store/examine.hpp"
#include "core/store/rows.hpp"
#include "core/store/schema.hpp"
#include "core/store/selection.hpp"

namespace ketrew::store {
namespace {

constexpr std::int64_t chunk_jobs = 300;

bool same_file(const std::string& a, const std::string& b) {
  struct stat one {
  }, two{};
  return ::stat(a.c_str(), &one) == 0 && ::stat(b.c_str(), &two) == 0 && one.st_dev == two.st_dev &&
         one.st_ino == two.st_ino;
}

// Makes the archive or checks that it is one of ours.
Result<> prepare_archive(const std::string& path) {
  if (auto good = examine(path, std::int64_t{64} << 20); !good) return pass(good.error());
  const Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return fail_errno("open " + path, errno);
  Connection db;
  db.open(path, 2 /* SQLITE_OPEN_READWRITE */);
  db.execute("PRAGMA synchronous = FULL");
  migrate(db);
  return {};
}

// Row for row, as they are: also what this program cannot read.
constexpr const char* copy_jobs = R"sql(
DELETE FROM temp.events;
INSERT OR IGNORE INTO temp.events
  WITH RECURSIVE chain (event) AS (
    SELECT last_event FROM main.progress WHERE key IN (SELECT key FROM temp.chunk) AND last_event > 0
    UNION ALL
    SELECT previous FROM chain JOIN main.history ON sequence = event
      WHERE previous > 0 AND previous < event)
  SELECT event FROM chain;
INSERT OR IGNORE INTO archive.words (text) SELECT text FROM main.words WHERE number IN
  (SELECT backend FROM main.jobs WHERE key IN (SELECT key FROM temp.chunk)
   UNION SELECT host FROM main.jobs WHERE key IN (SELECT key FROM temp.chunk)
   UNION SELECT backend FROM main.jobs WHERE same_as IN (SELECT key FROM temp.chunk)
   UNION SELECT host FROM main.jobs WHERE same_as IN (SELECT key FROM temp.chunk));
INSERT INTO archive.totals SELECT state, count(*) FROM main.progress
  WHERE key IN (SELECT key FROM temp.chunk) AND key NOT IN (SELECT key FROM archive.progress)
  GROUP BY state ON CONFLICT (state) DO UPDATE SET jobs = jobs + excluded.jobs;
INSERT OR IGNORE INTO archive.jobs SELECT key, id, name,
  (SELECT a.number FROM archive.words a, main.words m WHERE m.number = backend AND a.text = m.text),
  (SELECT a.number FROM archive.words a, main.words m WHERE m.number = host AND a.text = m.text),
  has_condition, retries, restart_of, submitted_at, spec, same_as, workflow, node, equivalence,
  timeout, superseded
  FROM main.jobs WHERE key IN (SELECT key FROM temp.chunk)
    OR same_as IN (SELECT key FROM temp.chunk);
INSERT OR IGNORE INTO archive.edges SELECT * FROM main.edges
  WHERE source IN (SELECT key FROM temp.chunk);
INSERT OR IGNORE INTO archive.edges SELECT * FROM main.edges
  WHERE target IN (SELECT key FROM temp.chunk);
INSERT OR IGNORE INTO archive.workflows SELECT * FROM main.workflows WHERE key IN
  (SELECT workflow FROM main.jobs WHERE key IN (SELECT key FROM temp.chunk)
   UNION SELECT workflow FROM main.jobs WHERE same_as IN (SELECT key FROM temp.chunk));
INSERT INTO archive.workflow_totals SELECT workflow, iif(state = 16 AND flags & 32, -1, state) AS bucket,
  count(*) FROM main.jobs JOIN main.progress ON progress.key = jobs.key
  WHERE jobs.key IN (SELECT key FROM temp.chunk) AND workflow IS NOT NULL AND superseded IS NULL
    AND jobs.key NOT IN (SELECT key FROM archive.progress)
  GROUP BY workflow, bucket
  ON CONFLICT (workflow, state) DO UPDATE SET jobs = jobs + excluded.jobs;
INSERT OR IGNORE INTO archive.progress SELECT * FROM main.progress
  WHERE key IN (SELECT key FROM temp.chunk);
INSERT OR IGNORE INTO archive.finished SELECT coalesce(noticed_at, 0), key FROM main.progress
  WHERE key IN (SELECT key FROM temp.chunk);
INSERT OR IGNORE INTO archive.unsucceeded SELECT state, key FROM main.progress
  WHERE key IN (SELECT key FROM temp.chunk) AND state > 9;
INSERT OR IGNORE INTO archive.tags SELECT job, tag FROM main.tags
  WHERE job IN (SELECT key FROM temp.chunk);
INSERT OR IGNORE INTO archive.history SELECT * FROM main.history
  WHERE sequence IN (SELECT sequence FROM temp.events);
UPDATE archive.owner SET
  last_key = max(last_key, (SELECT last_key FROM main.owner)),
  last_id = max(last_id, (SELECT last_id FROM main.owner)),
  last_sequence = max(last_sequence, (SELECT last_sequence FROM main.owner));
)sql";

// What would be removed here is there, byte for byte the same job and no less history.
constexpr const char* count_missing = R"sql(
SELECT (SELECT count(*) FROM temp.chunk c JOIN main.jobs m ON m.key = c.key
          LEFT JOIN archive.jobs a ON a.key = c.key AND a.id IS m.id WHERE a.key IS NULL)
     + (SELECT count(*) FROM temp.chunk c JOIN main.progress m ON m.key = c.key
          LEFT JOIN archive.progress a ON a.key = c.key AND a.last_event IS m.last_event
          WHERE a.key IS NULL)
     + (SELECT count(*) FROM temp.events e JOIN main.history m ON m.sequence = e.sequence
          LEFT JOIN archive.history a ON a.sequence = m.sequence AND a.job IS m.job
          WHERE a.sequence IS NULL)
)sql";

// Detaches whatever happens.
class Attached {
 public:
  Attached(Connection& db, const std::string& path) : db_(db) {
    db_.execute("CREATE TABLE IF NOT EXISTS temp.chunk (key INTEGER PRIMARY KEY)");
    db_.execute("CREATE TABLE IF NOT EXISTS temp.events (sequence INTEGER PRIMARY KEY)");
    Query query = db_.prepare("ATTACH ? AS archive");
    query.bytes(path).run();
  }
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;
  ~Attached() {
    db_.rollback();
    try {
      db_.execute("DETACH archive");
    } catch (const SqliteFailure&) {
      // The next ATTACH says what is wrong.
    }
  }

 private:
  Connection& db_;
};

Result<> claim_for_home(Connection& db, const std::string& path) {
  db.execute("PRAGMA archive.synchronous = FULL");
  db.execute(
      "UPDATE archive.owner SET home = (SELECT home FROM main.owner)"
      " WHERE last_key = 0 AND NOT EXISTS (SELECT 1 FROM archive.jobs)");
  if (db.number("SELECT a.home = m.home FROM archive.owner a, main.owner m") == 1) return {};
  return fail(ErrorKind::conflict, path + " is the archive of another home", "choose another file");
}

static_assert(static_cast<int>(State::killed) == 16 && progress_flag::never_asked_for == 32 &&
              never_needed == -1);  // in copy_jobs

// Where the last chunk ended: what has to stay is not looked at again.
struct Mark {
  std::int64_t noticed_at = -1;
  JobKey key = -1;
};

// Empty: nothing is left to do.
std::vector<JobKey> next_chunk(Connection& db, Wall time, Mark& cursor) {
  std::vector<JobKey> keys;
  Query query = db.query(Sql::keys_noticed_before);
  query.number(unix_milliseconds(time)).number(cursor.noticed_at).number(cursor.key);
  query.number(chunk_jobs);
  while (query.step()) {
    cursor = {query.number_at(0), query.number_at(1)};
    keys.push_back(cursor.key);
  }
  return keys;
}

Result<> copy_chunk(Connection& db, const std::vector<JobKey>& keys, const std::string& path) {
  db.execute("BEGIN");
  db.execute("DELETE FROM temp.chunk");
  for (const JobKey key : keys) {
    Query query = db.prepare("INSERT INTO temp.chunk VALUES (?)");
    query.number(key).run();
  }
  db.execute(copy_jobs);
  if (db.number(count_missing) != 0) {
    db.rollback();
    return fail(ErrorKind::conflict, path + " has other jobs under the same numbers",
                "choose another file");
  }
  db.commit();
  return {};
}

void remove_history(Connection& db, JobKey job, std::int64_t last_event) {
  for (std::int64_t sequence = last_event; sequence > 0;) {
    std::int64_t previous = 0;
    {
      Query query = db.query(Sql::previous_event);
      if (!query.number(sequence).step() || query.number_at(1) != job) return;
      previous = query.number_at(0);
    }
    Query query = db.query(Sql::remove_event);
    query.number(sequence).run();
    if (previous >= sequence) return;
    sequence = previous;
  }
}

void run(Connection& db, Sql which, std::int64_t a) {
  Query query = db.query(which);
  query.number(a).run();
}
void run(Connection& db, Sql which, std::int64_t a, std::int64_t b) {
  Query query = db.query(which);
  query.number(a).number(b).run();
}

bool any(Connection& db, Sql which, std::int64_t a) {
  Query query = db.query(which);
  return query.number(a).step();
}

void leave_workflow(Connection& db, JobKey key) {
  JobKey workflow = 0;
  std::int64_t bucket = 0;
  {
    Query query = db.query(Sql::membership);
    if (!query.number(key).step()) return;
    workflow = query.number_or_null_at(0).value_or(0);
    if (workflow == 0 || !query.is_null(1)) return;
    const JobEnd end = end_at(query, 2);
    bucket = workflow_bucket(end.state, end.asked_for);
  }
  Query query = db.query(Sql::add_to_workflow);
  query.number(workflow).number(bucket).number(-1).run();
}

// In the writer's transaction. False: it is not here any more, or has to stay: an unfinished job
// came to hang on it meanwhile.
bool remove_job(Connection& db, JobKey key) {
  if (any(db, Sql::holds_up, key)) return false;
  std::int64_t state = 0, last_event = 0, noticed_at = 0;
  {
    Query query = db.query(Sql::standing);
    if (!query.number(key).step()) return false;
    state = query.number_at(0);
    last_event = query.number_at(1);
    noticed_at = query.number_or_null_at(2).value_or(0);
  }
  leave_workflow(db, key);
  remove_history(db, key, last_event);
  run(db, Sql::remove_finished, noticed_at, key);
  run(db, Sql::remove_unsucceeded, state, key);
  for (const Sql each : {Sql::remove_tags, Sql::remove_progress, Sql::remove_edges_from,
                         Sql::remove_edges_to, Sql::remove_pointers, Sql::remove_job})
    run(db, each, key);
  run(db, Sql::add_to_total, state, -1);
  return true;
}

std::int64_t remove_chunk(Connection& db, const std::vector<JobKey>& keys) {
  std::int64_t removed = 0;
  for (const JobKey key : keys) removed += remove_job(db, key) ? 1 : 0;
  return removed;
}

// Those of which no job is left here: an archive that ended in the middle may have left some.
void remove_workflows(Connection& db) {
  db.query(Sql::remove_workflow_totals).run();
  db.query(Sql::remove_workflows).run();
}

void forget_requests(Connection& db, Wall time) {
  Query query = db.query(Sql::remove_requests);
  query.number(unix_milliseconds(time)).run();
}

}  // namespace

Result<std::int64_t> archive_to(Connection& db, const std::string& db_path, const std::string& path,
                                Wall time, const std::optional<filter::Filter>& where,
                                const OnWriter& on_writer,
                                const std::atomic<bool>& stop) try {
  if (same_file(db_path, path))
    return fail(ErrorKind::invalid, "the archive is the database itself", "choose another file");
  if (auto made = prepare_archive(path); !made) return pass(made.error());
  const Attached attached(db, path);
  if (auto ours = claim_for_home(db, path); !ours) return pass(ours.error());
  std::int64_t moved = 0;
  const Wall now = wall_now();
  Mark cursor;
  for (;;) {
    if (stop) return fail(ErrorKind::unavailable, "the daemon is stopping");
    auto keys = next_chunk(db, time, cursor);
    if (keys.empty()) break;
    if (where) {
      Selection of{.keys = keys, .where = *where, .where_now = now, .limit = keys.size()};
      keys = select_keys(db, of);
      if (keys.empty()) continue;
    }
    if (auto copied = copy_chunk(db, keys, path); !copied) return pass(copied.error());
    std::int64_t removed = 0;
    auto done = on_writer([&](Connection& writer) {
      removed = remove_chunk(writer, keys);
      forget_requests(writer, time);
    });
    if (!done) return fail(done.error(), "archive");
    moved += removed;
  }
  if (auto done = on_writer(remove_workflows); !done) return fail(done.error(), "archive");
  return moved;
} catch (const SqliteFailure& failure) {
  return pass(to_error(failure, "archive to " + path));
} catch (const Unreadable& unreadable) {
  return fail(ErrorKind::corrupt, "archive to " + path + ": " + unreadable.problem);
}

Result<std::set<JobId>> archived_jobs(const std::string& archive_path,
                                      const std::vector<JobId>& ids) try {
  std::set<JobId> found;
  if (ids.empty() || ::access(archive_path.c_str(), F_OK) != 0) return found;
  Connection db;
  db.open(archive_path, 1 /* SQLITE_OPEN_READONLY */);
  for (const JobId& id : ids) {
    const std::string text = id.text();
    Query query = db.prepare("SELECT 1 FROM jobs WHERE id = ?");
    if (query.text(text).step()) found.insert(id);
  }
  return found;
} catch (const SqliteFailure& failure) {
  return pass(to_error(failure, "look into the archive " + archive_path));
}

}  // namespace ketrew::store
