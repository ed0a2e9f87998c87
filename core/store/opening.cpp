#include "core/store/opening.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include "core/store/connect.hpp"
#include "core/store/rows.hpp"
#include "core/store/schema.hpp"

namespace ketrew::store {
namespace {

std::unordered_map<std::int64_t, std::string> all_words(Connection& db) {
  std::unordered_map<std::int64_t, std::string> words;
  Query query = db.prepare("SELECT number, text FROM words");
  while (query.step()) words[query.number_at(0)] = query.bytes_at(1);
  return words;
}

// Row by row: one that cannot be read is set aside alone.
void load_unfinished(Connection& db, Opened& opened) {
  const auto words = all_words(db);
  const auto word = [&](std::int64_t number) {
    const auto found = words.find(number);
    if (found == words.end()) throw Unreadable{"its backend or host is missing"};
    return found->second;
  };
  Query query = db.query(Sql::unfinished);
  while (query.step()) {
    const JobKey key = query.number_at(0);
    try {
      Unfinished job;
      job.key = key;
      job.id = id_at(query, 1);
      job.backend = word(query.number_at(2));
      job.host = word(query.number_at(3));
      job.has_condition = query.number_at(4) != 0;
      job.retries = retries_of(query.bytes_at(5));
      job.progress = progress_at(query, 6);
      if (is_final(job.progress.state)) throw Unreadable{"it is open and has a final state"};
      opened.open_jobs[key] = {job.progress.state, query.number_at(6 + progress_columns),
                               query.number_or_null_at(7 + progress_columns).value_or(0)};
      if (const auto text = query.bytes_at(8 + progress_columns); !text.empty())
        job.equivalence = ConditionDigest::parse(text).value_or(ConditionDigest());
      job.timeout = Milliseconds(query.number_or_null_at(9 + progress_columns).value_or(0));
      job.workflow = query.number_or_null_at(7 + progress_columns).value_or(0);
      opened.unfinished.push_back(std::move(job));
    } catch (const Unreadable& unreadable) {
      opened.unreadable.push_back({key, unreadable.problem});
    }
  }
}

// Where the end of a source cannot be read, the edge is kept without it: its target goes on waiting.
void load_edges(Connection& db, Opened& opened) {
  Query query = db.query(Sql::edges_to_open);
  while (query.step()) {
    OpenEdge edge;
    edge.edge = {query.number_at(0), query.number_at(1), EdgeKind::needs};
    try {
      edge.edge.kind = edge_kind_at(query, 2);
      if (edge.edge.kind == EdgeKind::asks) {
        edge.ended = JobEnd{id_at(query, 5), State::passive, true};
      } else {
        const JobEnd end = end_at(query, 3);
        if (is_final(end.state)) edge.ended = end;
      }
    } catch (const Unreadable& unreadable) {
      opened.unreadable.push_back(
          {edge.edge.source, "what job number " + std::to_string(edge.edge.target) +
                                 " waits for cannot be read: " + unreadable.problem});
    }
    opened.edges.push_back(edge);
  }
}

void load_pauses(Connection& db, Opened& opened) {
  Query query = db.query(Sql::pauses);
  while (query.step()) {
    const auto kind = query.number_at(0);
    if (kind < 0 || kind > static_cast<std::int64_t>(PauseKind::backend)) continue;
    Pause pause{static_cast<PauseKind>(kind), 0, {}};
    if (pause.kind == PauseKind::job || pause.kind == PauseKind::workflow) pause.key = query.number_at(1);
    else pause.name = query.bytes_at(1);
    opened.pauses.push_back(std::move(pause));
  }
}

// Writes the log anew, as it is, and syncs it. A daemon that was killed after a sync had failed leaves
// commits that the system shows and holds to be clean, and the disk has not got: the next
// power failure would cut the log there, with all that was committed since. Nobody else may be writing.
void renew_log(Connection& db) {
  sqlite3_file* log = nullptr;
  sqlite3_file_control(db.raw(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (!log || !log->pMethods) return;
  const auto must = [](int code) {
    if (code != SQLITE_OK) throw SqliteFailure{code, sqlite3_errstr(code)};
  };
  sqlite3_int64 size = 0;
  must(log->pMethods->xFileSize(log, &size));
  if (size == 0) return;
  std::string block(std::size_t{64} << 10, '\0');
  for (sqlite3_int64 at = 0; at < size;) {
    const int count = static_cast<int>(std::min<sqlite3_int64>(size - at, 64 << 10));
    must(log->pMethods->xRead(log, block.data(), count, at));
    must(log->pMethods->xWrite(log, block.data(), count, at));
    at += count;
  }
  must(log->pMethods->xSync(log, SQLITE_SYNC_NORMAL));
}

void take_epoch(Connection& db, Opened& opened) {
  char host[256] = "?";
  ::gethostname(host, sizeof host - 1);
  db.begin_immediate();
  renew_log(db);
  {
    Query query = db.query(Sql::take_epoch);
    query.number(::getpid()).bytes(host).number(unix_milliseconds(wall_now())).run();
  }
  {
    Query query = db.query(Sql::owner);
    if (!query.step()) throw Unreadable{"the table of its owner is empty"};
    opened.epoch = query.number_at(0);
    opened.last_key = query.number_at(2);
    opened.last_id = JobId::parse(query.bytes_at(3)).value_or(JobId());
    opened.last_sequence = query.number_at(4);
  }
  // The rows are the truth where the two differ.
  {
    Query query = db.query(Sql::newest_job);
    if (query.step()) {
      opened.last_key = std::max(opened.last_key, query.number_at(0));
      opened.last_id = std::max(opened.last_id, JobId::parse(query.bytes_at(1)).value_or(JobId()));
    }
  }
  {
    Query query = db.query(Sql::newest_event);
    if (query.step()) opened.last_sequence = std::max(opened.last_sequence, query.number_at(0));
  }
  db.commit();
}

}  // namespace

Opened take_over(const std::string& path, Milliseconds busy_patience) {
  Opened opened;
  opened.writer = connect_writer(path, busy_patience);
  Connection& db = *opened.writer;
  migrate(db);
  try {
    take_epoch(db, opened);
    load_unfinished(db, opened);
    load_edges(db, opened);
    load_pauses(db, opened);
  } catch (...) {
    db.rollback();
    throw;
  }
  return opened;
}

void write_pauses(Connection& db, const std::vector<Pause>& what, bool paused, Wall at) {
  for (const Pause& each : what) {
    Query query = db.query(paused ? Sql::add_pause : Sql::remove_pause);
    query.number(static_cast<std::int64_t>(each.kind));
    if (each.key != 0) query.number(each.key);
    else query.bytes(each.name);
    if (paused) query.number(unix_milliseconds(at));
    query.run();
  }
}

}  // namespace ketrew::store
