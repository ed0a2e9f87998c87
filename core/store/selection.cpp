#include "core/store/selection.hpp"

#include <limits>

#include "core/store/filter_sql.hpp"
#include "core/store/rows.hpp"

namespace ketrew::store {
namespace {

// Up to here the jobs noticed since a time are gathered from their index and sorted by key; beyond,
// going through all jobs from the newest on meets them sooner, as a rule.
constexpr std::int64_t noticed_limit = 30'000;

// Candidates that one statement holds against a filter.
constexpr std::size_t filter_batch = 500;

class Finder {
 public:
  Finder(Connection& db, const Selection& selection)
      : db_(db),
        selection_(selection),
        before_(selection.before > 0 ? selection.before : std::numeric_limits<JobKey>::max()) {
    if (selection.where) filter_ = to_sql(*selection.where, selection.where_now);
  }

  std::vector<JobKey> find() {
    if (!selection_.backend.empty()) {
      Query query = db_.query(Sql::find_word);
      if (!query.bytes(selection_.backend).step()) return {};
      backend_ = query.number_at(0);
    }
    if (selection_.limit == 0) return {};
    drive();
    filter_pending();
    return std::move(found_);
  }

 private:
  void drive() {
    if (!selection_.keys.empty()) return by_keys();
    if (!selection_.workflow.empty()) {
      Query query = db_.query(Sql::keys_of_workflow);
      return take_all(query.bytes(selection_.workflow).number(before_));
    }
    if (!selection_.name.empty()) {
      Query query = db_.query(Sql::keys_named);
      return take_all(query.bytes(selection_.name).number(before_));
    }
    if (!selection_.tag.empty()) {
      Query query = db_.query(Sql::keys_tagged);
      return take_all(query.bytes(selection_.tag).number(before_));
    }
    if (all_states([](State state) { return !is_final(state); })) {
      Query query = db_.query(Sql::keys_open);
      return take_all(query.number(before_));
    }
    if (all_states([](State state) { return state > State::succeeded; })) return by_ended_states();
    if (selection_.finished_since && by_time()) return;
    if (backend_) {
      Query query = db_.query(Sql::keys_of_backend);
      return take_all(query.number(*backend_).number(before_));
    }
    if (filter_) return by_filter();
    Query query = db_.query(Sql::keys_all);
    take_all(query.number(before_));
  }

  // No index helps: one statement goes through all jobs from the newest on.
  void by_filter() {
    const FilterSql sql = *std::exchange(filter_, std::nullopt);
    Query query = db_.prepare(
        "SELECT p.key FROM progress AS p JOIN jobs AS j ON j.key = p.key WHERE p.key < ? AND " +
        sql.expression + " ORDER BY p.key DESC");
    query.number(before_);
    sql.bind(query);
    take_all(query);
  }

  template <class Predicate>
  bool all_states(Predicate predicate) const {
    return !selection_.states.empty() &&
           std::all_of(selection_.states.begin(), selection_.states.end(), predicate);
  }

  void by_keys() {
    std::vector<JobKey> keys = selection_.keys;
    std::sort(keys.begin(), keys.end(), std::greater<>());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    for (const JobKey key : keys)
      if (key < before_ && !take(key)) return;
  }

  // One stream a state, each newest first, merged.
  void by_ended_states() {
    const std::set<State> states(selection_.states.begin(), selection_.states.end());
    std::vector<Query> streams;
    std::vector<std::pair<JobKey, std::size_t>> heads;  // a heap, the newest on top
    const auto advance = [&](std::size_t stream) {
      if (!streams[stream].step()) return;
      heads.emplace_back(streams[stream].number_at(0), stream);
      std::push_heap(heads.begin(), heads.end());
    };
    for (const State state : states) {
      streams.push_back(db_.prepare(text_of(Sql::keys_unsucceeded)));
      streams.back().number(static_cast<std::int64_t>(state)).number(before_);
    }
    for (std::size_t i = 0; i < streams.size(); ++i) advance(i);
    while (!heads.empty()) {
      std::pop_heap(heads.begin(), heads.end());
      const auto [key, stream] = heads.back();
      heads.pop_back();
      if (!take(key)) return;
      advance(stream);
    }
  }

  // The unfinished and those noticed since. False: those are too many to be sorted.
  bool by_time() {
    const std::int64_t since = unix_milliseconds(*selection_.finished_since);
    const bool no_other_filter =
        selection_.states.empty() && !backend_ && selection_.tag.empty() &&
        selection_.name.empty() && selection_.workflow.empty() && !filter_;
    JobKey before = before_;
    if (are_many_noticed(since)) {
      if (!no_other_filter) return false;
      // Where the newest jobs finished before all others, the first of many are picked from the index:
      // a tenth of the time that it takes to look at each job on the way to them.
      before = take_newest(noticed_limit);
      if (found_.size() >= selection_.limit) return true;
    }
    const std::size_t left = selection_.limit - found_.size();
    merge_noticed(since, before, no_other_filter ? static_cast<std::int64_t>(left) : -1);
    return true;
  }

  bool are_many_noticed(std::int64_t since) {
    Query count = db_.query(Sql::count_noticed);
    count.number(since).number(noticed_limit + 1);
    return count.step() && count.number_at(0) > noticed_limit;
  }

  // Looks at so many jobs, from the newest on. Where it stopped; or the page is full.
  JobKey take_newest(std::int64_t most) {
    Query query = db_.query(Sql::keys_all);
    query.number(before_);
    JobKey last = before_;
    for (; most > 0 && query.step(); --most) {
      last = query.number_at(0);
      if (!take(last)) break;
    }
    return last;
  }

  void merge_noticed(std::int64_t since, JobKey before, std::int64_t most) {
    Query open = db_.query(Sql::keys_open);
    Query noticed = db_.query(Sql::keys_noticed);
    open.number(before);
    noticed.number(since).number(before).number(most);
    const auto next = [](Query& query) { return query.step() ? query.number_at(0) : JobKey{-1}; };
    JobKey a = next(open), b = next(noticed);
    while (a >= 0 || b >= 0) {
      if (!take(std::max(a, b))) break;
      const JobKey done = std::max(a, b);
      if (a == done) a = next(open);
      if (b == done) b = next(noticed);
    }
  }

  void take_all(Query& candidates) {
    while (candidates.step())
      if (!take(candidates.number_at(0))) return;
  }

  // False: the page is full.
  bool take(JobKey key) {
    if (fits(key)) (filter_ ? pending_ : found_).push_back(key);
    if (pending_.size() >= filter_batch) filter_pending();
    return found_.size() < selection_.limit;
  }

  // Those of the candidates that the filter lets pass. They come newest first, and stay so.
  void filter_pending() {
    if (pending_.empty()) return;
    std::string keys;
    for (const JobKey key : pending_) keys += (keys.empty() ? "" : ",") + std::to_string(key);
    pending_.clear();
    Query query = db_.prepare(
        "SELECT p.key FROM progress AS p JOIN jobs AS j ON j.key = p.key WHERE p.key IN (" + keys +
        ") AND " + filter_->expression + " ORDER BY p.key DESC");
    filter_->bind(query);
    while (found_.size() < selection_.limit && query.step()) found_.push_back(query.number_at(0));
  }

  bool fits(JobKey key) {
    Query query = db_.query(Sql::glance);
    if (!query.number(key).step()) return false;
    try {
      const State state = state_at(query, 0);
      const auto& states = selection_.states;
      if (!states.empty() && std::find(states.begin(), states.end(), state) == states.end())
        return false;
      if (backend_ && query.number_at(2) != *backend_) return false;
      if (!selection_.name.empty() && query.bytes_at(3) != selection_.name) return false;
      if (selection_.finished_since && is_final(state)) {
        const auto noticed = query.number_or_null_at(1);
        if (!noticed || *noticed < unix_milliseconds(*selection_.finished_since)) return false;
      }
    } catch (const Unreadable&) {
      // Nothing can be said of it: the list tells that it cannot be read.
    }
    return selection_.tag.empty() || has_tag(key);
  }

  bool has_tag(JobKey key) {
    Query query = db_.query(Sql::has_tag);
    return query.number(key).bytes(selection_.tag).step();
  }

  Connection& db_;
  const Selection& selection_;
  const JobKey before_;
  std::optional<std::int64_t> backend_;
  std::optional<FilterSql> filter_;
  std::vector<JobKey> pending_, found_;
};

}  // namespace

std::vector<JobKey> select_keys(Connection& db, const Selection& selection) {
  if (!selection.where) return Finder(db, selection).find();
  return Finder(db, narrowed(selection, *selection.where, selection.where_now)).find();
}

}  // namespace ketrew::store
