#include "tests/simulation/real_store.hpp"

#include <variant>

#include <sqlite3.h>

#include "core/store/connect.hpp"
#include "core/store/opening.hpp"
#include "core/store/reader.hpp"
#include "core/store/writing.hpp"

namespace ketrew::simulation {

using namespace store;

namespace {

const std::string path = "/home/ketrew.db";

// An empty database, made once by the store itself.
const MemoryDisk::Image& empty_database() {
  static const MemoryDisk::Image image = [] {
    MemoryDisk disk(1);
    take_over(path, Milliseconds(0));
    return disk.image();
  }();
  return image;
}

}  // namespace

// What was handed to the store, as long as its fate is not known.
struct RealHome::Record {
  std::variant<std::shared_ptr<const Submission>, std::shared_ptr<const Changes>,
               std::pair<std::vector<Pause>, bool>>
      what;
  bool chore() const { return what.index() == 2; }
  bool over = false;
  bool refused = false;  // and it was not said that it may be there all the same

  void apply(Ledger& ledger, const Ledger::Watch& watch) const {
    if (const auto* submission = std::get_if<0>(&what)) ledger.apply(**submission, watch);
    else if (const auto* changes = std::get_if<1>(&what)) ledger.apply(**changes, watch);
    else ledger.pause(std::get<2>(what).first, std::get<2>(what).second);
  }
};

namespace {

class RealStore : public SimStore {
 public:
  RealStore(RealHome& home, Opened opened)
      : home_(home), opened_(std::move(opened)),
        writing_(std::move(opened_.writer), opened_.epoch, std::move(opened_.open_jobs), {}) {}

  std::vector<Unfinished> take_unfinished() override { return std::move(opened_.unfinished); }
  std::vector<OpenEdge> take_edges() override { return std::move(opened_.edges); }
  std::vector<Pause> take_pauses() override { return std::move(opened_.pauses); }
  const std::vector<UnreadableRow>& unreadable() const override { return opened_.unreadable; }
  JobKey last_key() const override { return opened_.last_key; }
  JobId last_id() const override { return opened_.last_id; }
  std::int64_t last_sequence() const override { return opened_.last_sequence; }

  void submit(Submission submission, std::function<void(Result<Accepted>)> done) override {
    auto kept = std::make_shared<const Submission>(submission);
    auto record = remember({kept});
    queue_.push_back(SubmissionItem{
        std::move(submission),
        [this, record, kept, done = std::move(done)](Result<Accepted> accepted) {
          if (abandoned_) return;
          record->over = true;
          record->refused = !accepted && accepted.error().hint.empty();
          if (accepted) {
            const auto expected = home_.ledger.apply(*kept, home_.watch);
            if (!expected || expected->ids != accepted->ids || expected->repeated != accepted->repeated)
              home_.watch.broken("a submission was answered with other jobs than were stored");
          }
          done(std::move(accepted));
        },
        {}});
  }
  void change(Changes changes, std::function<void()> done) override {
    auto kept = std::make_shared<const Changes>(changes);
    auto record = remember({kept});
    queue_.push_back(ChangesItem{std::move(changes), [this, record, kept, done = std::move(done)] {
                                   if (abandoned_) return;
                                   record->over = true;
                                   home_.ledger.apply(*kept, home_.watch);
                                   if (done) done();
                                 }});
  }
  void set_paused(std::vector<Pause> what, bool paused, Wall at,
                  std::function<void(Result<>)> done) override {
    auto record = remember({std::pair(what, paused)});
    queue_.push_back(ChoreItem{
        [what, paused, at](Connection& db) { write_pauses(db, what, paused, at); },
        [this, record, what, paused, done = std::move(done)](Result<> written) {
          if (abandoned_) return;
          record->over = true;
          if (written) home_.ledger.pause(what, paused);
          done(std::move(written));
        }});
  }
  void read(std::function<void(Reader&)> question) override {
    SqliteReader reader(writing_.connection());
    question(reader);
  }
  std::string problem() const override { return writing_.problem(); }

  bool wants_to_write() const override {
    return !dead() && (!queue_.empty() || !writing_.idle() || !problem().empty());
  }
  bool dead() const override { return writing_.dead(); }
  Milliseconds write() override {
    writing_.take(queue_);
    RealHome::Group group;  // as the store makes it
    for (const auto& record : records_) {
      if (record->chore() && !group.empty()) break;
      group.push_back(record);
      if (record->chore()) break;
    }
    if (!group.empty() && !abandoned_) home_.in_doubt.push_back(std::move(group));
    if (!home_.tampering.empty()) tamper();
    const Milliseconds wait = writing_.write_some();
    if (!abandoned_ && problem().empty() && !home_.disk.stopped()) home_.in_doubt.clear();
    std::erase_if(records_, [](const auto& record) { return record->over; });
    return wait;
  }
  void checkpoint() override {
    try {
      const auto db = connect_helper(path);
      sqlite3_wal_checkpoint_v2(db->raw(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    } catch (const SqliteFailure&) {
    }
  }
  void abandon() override { abandoned_ = true; }

 private:
  std::shared_ptr<RealHome::Record> remember(decltype(RealHome::Record::what) what) {
    records_.push_back(std::make_shared<RealHome::Record>(RealHome::Record{std::move(what)}));
    return records_.back();
  }
  void tamper() {
    try {
      writing_.connection().execute(std::exchange(home_.tampering, ""));
    } catch (const SqliteFailure&) {
    }
  }

  RealHome& home_;
  Opened opened_;
  std::deque<Item> queue_;
  std::deque<std::shared_ptr<RealHome::Record>> records_;
  bool abandoned_ = false;
  Writing writing_;  // the last: its callbacks use the others
};

}  // namespace

RealHome::RealHome(std::uint64_t seed, bool from_nothing)
    : disk((static_cast<void>(empty_database()), seed)) {
  if (!from_nothing) disk.load(empty_database());
}
RealHome::~RealHome() = default;

Result<std::unique_ptr<SimStore>> RealHome::open() {
  try {
    auto store = std::make_unique<RealStore>(*this, take_over(path, Milliseconds(5'000)));
    if (const std::string problem = find_out(); !problem.empty())
      return fail(ErrorKind::unavailable, problem);
    if (!store->unreadable().empty())
      watch.broken("a row cannot be read: " + store->unreadable()[0].problem);
    return store;
  } catch (const SqliteFailure& failure) {
    const Error error = to_error(failure, "open the database");
    if (error.kind != ErrorKind::unavailable && disk.faults.read == 0)
      watch.broken("the database cannot be opened any more: " + error.text());
    return pass(error);
  } catch (const Unreadable& unreadable) {
    watch.broken("the database cannot be opened any more: " + unreadable.problem);
    return fail(ErrorKind::corrupt, unreadable.problem);
  }
}

void RealHome::crashed(bool power) { disk.start(power); }

// After a crash: which of the groups in doubt is there. None, or one, and that whole.
std::string RealHome::find_out() {
  const auto faults = std::exchange(disk.faults, {});
  const std::string differs = compare();
  disk.faults = faults;
  const auto groups = std::exchange(in_doubt, {});
  if (differs.empty()) return "";
  for (const Group& group : groups) {
    Ledger candidate = ledger;
    for (const auto& record : group) record->apply(candidate, {});
    const auto faults_again = std::exchange(disk.faults, {});
    std::swap(ledger, candidate);
    const std::string still = compare();
    std::swap(ledger, candidate);
    disk.faults = faults_again;
    if (!still.empty()) continue;
    for (const auto& record : group)
      if (record->refused) watch.broken("what was refused is there after a crash");
    for (const auto& record : group) record->apply(ledger, watch);  // with all that is checked then
    return "";
  }
  watch.broken("what was committed is not what is there after a crash: " + differs);
  return "";
}

std::string RealHome::compare() {
  try {
    const auto db = connect_reader(path);
    if (const std::string sound = db->text("PRAGMA quick_check(1)"); sound != "ok")
      return "the database is damaged: " + sound;
    SqliteReader reader(*db);
    if (std::string differs = ledger.differs_from(reader); !differs.empty()) return differs;
    std::int64_t open = 0, unsucceeded = 0;
    for (const auto& [key, row] : ledger.rows()) {
      open += !is_final(row.progress.state);
      unsucceeded += row.progress.state > State::succeeded;
    }
    const auto all = static_cast<std::int64_t>(ledger.rows().size());
    if (db->number("SELECT count(*) FROM open_jobs") != open) return "the list of open jobs is wrong";
    if (db->number("SELECT count(*) FROM finished") != all - open) return "the list of finished jobs is wrong";
    if (db->number("SELECT count(*) FROM unsucceeded") != unsucceeded)
      return "the list of unsucceeded jobs is wrong";
    if (db->number("SELECT count(*) FROM edges") != static_cast<std::int64_t>(ledger.edges().size()))
      return "the edges are not those that were stored";
    if (db->number("SELECT count(*) FROM paused") != static_cast<std::int64_t>(ledger.pauses().size()))
      return "the pauses are not those that were set";
    return "";
  } catch (const SqliteFailure& failure) {
    return "the database cannot be read: " + failure.what;
  } catch (const Unreadable& unreadable) {
    return "a row cannot be read: " + unreadable.problem;
  }
}

}  // namespace ketrew::simulation
