#include "core/store/store.hpp"

#include <atomic>
#include <cerrno>
#include <future>

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.hpp"
#include "core/store/chores.hpp"
#include "core/store/connect.hpp"
#include "core/store/examine.hpp"
#include "core/store/no_reader.hpp"
#include "core/store/pool.hpp"
#include "core/store/reader.hpp"
#include "core/store/rows.hpp"
#include "core/store/schema.hpp"
#include "core/store/writer.hpp"

namespace ketrew::store {
namespace {

// The log is copied into the database (by the chores' thread) when it has so many pages.
constexpr int checkpoint_pages = 2'000;

// What is known of the database once it is open.
struct Opened {
  std::int64_t epoch = 0;
  JobKey last_key = 0;
  JobId last_id;
  std::int64_t last_sequence = 0;
  std::vector<Unfinished> unfinished;
  std::vector<OpenEdge> edges;
  std::vector<Pause> pauses;
  std::vector<UnreadableRow> unreadable;
  GroupCommit::OpenJobs open_jobs;
};

class SqliteStore : public Store {
 public:
  SqliteStore(OpenOptions options, std::unique_ptr<Connection> writer, Opened opened, bool checked);
  ~SqliteStore() override;

  std::vector<Unfinished> take_unfinished() override {
    return std::exchange(opened_.unfinished, {});
  }
  std::vector<OpenEdge> take_edges() override { return std::exchange(opened_.edges, {}); }
  std::vector<Pause> take_pauses() override { return std::exchange(opened_.pauses, {}); }
  const std::vector<UnreadableRow>& unreadable() const override { return opened_.unreadable; }
  JobKey last_key() const override { return opened_.last_key; }
  JobId last_id() const override { return opened_.last_id; }
  std::int64_t last_sequence() const override { return opened_.last_sequence; }

  void submit(Submission submission, std::function<void(Result<Accepted>)> done) override {
    writer_->push(SubmissionItem{std::move(submission), std::move(done), {}});
  }
  void change(Changes changes, std::function<void()> done) override {
    writer_->push(ChangesItem{std::move(changes), std::move(done)});
  }
  void read(std::function<void(Reader&)> question) override;
  void set_paused(std::vector<Pause> what, bool paused, Wall at,
                  std::function<void(Result<>)> done) override;
  std::string problem() const override { return writer_->problem(); }
  void backup(std::string path, std::function<void(Result<>)> done) override;
  void archive(Wall time, std::optional<filter::Filter> where, std::string archive_path,
               std::function<void(Result<std::int64_t>)> done) override;

 private:
  void on_wal(int pages);
  Result<> on_writer(std::function<void(Connection&)> work);

  const std::string path_;
  Opened opened_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> checkpoint_asked_{false};
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Pool> chores_, readers_;
};

SqliteStore::SqliteStore(OpenOptions options, std::unique_ptr<Connection> writer, Opened opened,
                         bool checked)
    : path_(options.path), opened_(std::move(opened)) {
  chores_ = std::make_unique<Pool>(1, [path = path_] { return connect_helper(path); });
  readers_ =
      std::make_unique<Pool>(options.readers, [path = path_] { return connect_reader(path); });
  writer_ = std::make_unique<Writer>(
      std::move(writer), opened_.epoch, std::exchange(opened_.open_jobs, {}),
      Writer::Callbacks{std::move(options.on_health), std::move(options.on_fatal),
                        [this](int pages) { on_wal(pages); }});
  if (checked) return;
  chores_->push([this](Connection* db, const SqliteFailure&) {
    if (!db) return;
    if (auto sound = check_file(*db, stop_); !sound && sound.error().kind == ErrorKind::corrupt)
      writer_->stop_for_ever(sound.error());
  });
}

SqliteStore::~SqliteStore() {
  stop_ = true;
  // An archive waits for the writer, so the chores end first; then the writer empties its queue
  // and, as the last one, closes with a checkpoint.
  readers_.reset();
  chores_->finish();
  writer_.reset();
}

void SqliteStore::on_wal(int pages) {
  if (pages < checkpoint_pages || stop_ || checkpoint_asked_.exchange(true)) return;
  chores_->push([this](Connection* db, const SqliteFailure&) {
    checkpoint_asked_ = false;
    if (db)
      sqlite3_wal_checkpoint_v2(db->raw(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  });
}

void SqliteStore::read(std::function<void(Reader&)> question) {
  readers_->push([question = std::move(question)](Connection* db, const SqliteFailure& failure) {
    if (!db) {
      NoReader none(to_error(failure, "open the database for reading"));
      return question(none);
    }
    // One snapshot for the whole question. Where even that fails, each answer says why.
    try {
      db->execute("BEGIN");
    } catch (const SqliteFailure&) {
    }
    SqliteReader reader(*db);
    question(reader);
    db->rollback();
  });
}

void SqliteStore::backup(std::string path, std::function<void(Result<>)> done) {
  chores_->push([this, path = std::move(path), done = std::move(done)](
                    Connection* db, const SqliteFailure& failure) {
    done(db ? backup_to(*db, path, stop_) : pass(to_error(failure, "back up")));
  });
}

Result<> SqliteStore::on_writer(std::function<void(Connection&)> work) {
  std::promise<Result<>> promise;
  auto result = promise.get_future();
  writer_->push(ChoreItem{std::move(work),
                          [&promise](Result<> done) { promise.set_value(std::move(done)); }});
  return result.get();
}

void SqliteStore::set_paused(std::vector<Pause> what, bool paused, Wall at,
                             std::function<void(Result<>)> done) {
  writer_->push(ChoreItem{[what = std::move(what), paused, at](Connection& db) {
                            for (const Pause& each : what) {
                              Query query = db.query(paused ? Sql::add_pause : Sql::remove_pause);
                              query.number(static_cast<std::int64_t>(each.kind));
                              if (each.key != 0) query.number(each.key);
                              else query.bytes(each.name);
                              if (paused) query.number(unix_milliseconds(at));
                              query.run();
                            }
                          },
                          std::move(done)});
}

void SqliteStore::archive(Wall time, std::optional<filter::Filter> where, std::string archive_path,
                          std::function<void(Result<std::int64_t>)> done) {
  chores_->push([this, time, where = std::move(where), path = std::move(archive_path), done = std::move(done)](
                    Connection* db, const SqliteFailure& failure) {
    if (!db) return done(pass(to_error(failure, "archive")));
    done(archive_to(
        *db, path_, path, time, where, [this](auto work) { return on_writer(std::move(work)); }, stop_));
  });
}

Result<> make_file(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600));
  if (!fd) return fail_errno("open the database " + path, errno);
  struct stat st {};
  if (::fstat(fd.get(), &st) != 0) return fail_errno("open the database " + path, errno);
  if (!S_ISREG(st.st_mode)) return fail(ErrorKind::invalid, path + " is not a file");
  // Files beside it get its mode from SQLite.
  if ((st.st_mode & 077) != 0 && st.st_uid == ::geteuid()) ::fchmod(fd.get(), 0600);
  return {};
}

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

void take_epoch(Connection& db, Opened& opened) {
  char host[256] = "?";
  ::gethostname(host, sizeof host - 1);
  db.begin_immediate();
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

Result<std::unique_ptr<Store>> Store::open(OpenOptions options) try {
  const auto slash = options.path.rfind('/');
  const std::string directory =
      slash == std::string::npos ? "." : options.path.substr(0, slash + 1);
  if (!options.allow_network_file_system)
    if (auto local = refuse_network_file_system(directory); !local) return pass(local.error());
  const auto checked = examine(options.path, options.check_limit);
  if (!checked) return pass(checked.error());
  if (auto made = make_file(options.path); !made) return pass(made.error());

  auto writer = connect_writer(options.path, options.busy_patience);
  migrate(*writer);
  Opened opened;
  try {
    take_epoch(*writer, opened);
    load_unfinished(*writer, opened);
    load_edges(*writer, opened);
    load_pauses(*writer, opened);
  } catch (...) {
    writer->rollback();
    throw;
  }
  return std::make_unique<SqliteStore>(std::move(options), std::move(writer), std::move(opened),
                                       *checked);
} catch (const SqliteFailure& failure) {
  return pass(to_error(failure, "open the database " + options.path));
} catch (const Unreadable& unreadable) {
  return fail(ErrorKind::corrupt, "open the database " + options.path + ": " + unreadable.problem);
}

}  // namespace ketrew::store
