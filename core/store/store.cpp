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
#include "core/store/opening.hpp"
#include "core/store/pool.hpp"
#include "core/store/reader.hpp"
#include "core/store/rows.hpp"
#include "core/store/writer.hpp"

namespace ketrew::store {
namespace {

// The log is copied into the database (by the chores' thread) when it has so many pages.
constexpr int checkpoint_pages = 2'000;

class SqliteStore : public Store {
 public:
  SqliteStore(OpenOptions options, Opened opened, bool checked);
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

SqliteStore::SqliteStore(OpenOptions options, Opened opened, bool checked)
    : path_(options.path), opened_(std::move(opened)) {
  chores_ = std::make_unique<Pool>(1, [path = path_] { return connect_helper(path); });
  readers_ =
      std::make_unique<Pool>(options.readers, [path = path_] { return connect_reader(path); });
  writer_ = std::make_unique<Writer>(
      std::move(opened_.writer), opened_.epoch, std::exchange(opened_.open_jobs, {}),
      Writing::Callbacks{std::move(options.on_health), std::move(options.on_fatal),
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
                            write_pauses(db, what, paused, at);
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

  auto opened = take_over(options.path, options.busy_patience);
  return std::make_unique<SqliteStore>(std::move(options), std::move(opened), *checked);
} catch (const SqliteFailure& failure) {
  return pass(to_error(failure, "open the database " + options.path));
} catch (const Unreadable& unreadable) {
  return fail(ErrorKind::corrupt, "open the database " + options.path + ": " + unreadable.problem);
}

}  // namespace ketrew::store
