#include "app/ketrew/waiting.hpp"

#include "app/ketrew/answer.hpp"
#include "app/ketrew/job_view.hpp"
#include "app/ketrew/jobs.hpp"
#include "app/ketrew/watcher.hpp"
#include "core/model/state.hpp"

namespace ketrew::client {
namespace {

constexpr Milliseconds redraw(100);

// The states of the jobs waited for, and no more: there may be a hundred thousand.
class Board {
 public:
  void take(const Json& job) {
    const std::string id = text_at(job, "id");
    if (const auto state = parse_state(text_at(job, "state"))) {
      set(states_.try_emplace(id, *state), *state);
      if (job.contains("asked_for") && !true_at(job, "asked_for")) not_needed(id, *state);
      if (true_at(job, "orphan")) orphans_.insert(id);
      else orphans_.erase(id);
    }
  }
  // True: it has to be looked at.
  bool take(const Transition& transition) {
    const auto found = states_.find(transition.job);  // not there: not waited for
    const auto state = parse_state(transition.to);
    if (!state || found == states_.end()) return false;
    set({found, false}, *state);
    if (parse_state(transition.from) != State::passive) return false;
    // From there it leaves by being asked for, or never; before that it may become an orphan.
    if (state != State::passive) orphans_.erase(transition.job);
    not_needed(transition.job, *state);
    return state == State::passive;
  }
  std::size_t size() const { return states_.size(); }
  // Those that nothing can activate any more are not waited for.
  std::size_t pending_count() const { return pending_.size() - orphans_.size(); }
  std::vector<std::string> pending() const {
    std::vector<std::string> ids;
    std::set_difference(pending_.begin(), pending_.end(), orphans_.begin(), orphans_.end(),
                        std::back_inserter(ids));
    return ids;
  }
  std::size_t failed_count() const {
    std::size_t count = 0;
    for (const State state : all_states)
      if (status_of(state) == Status::failed) count += counts_[static_cast<std::size_t>(state)];
    return count - not_needed_.size();
  }
  // The ids of all, or of those that failed, at most so many.
  std::vector<std::string> ids(bool failed_only, std::size_t most) const {
    std::vector<std::string> ids;
    for (const auto& [id, state] : states_)
      if (ids.size() < most &&
          (!failed_only || (status_of(state) == Status::failed && !not_needed_.contains(id))))
        ids.push_back(id);
    return ids;
  }
  Json totals() const {
    Json totals = Json::object();
    for (const State state : all_states)
      if (const auto count = counts_[static_cast<std::size_t>(state)])
        totals[std::string(to_string(state))] = count;
    return totals;
  }

 private:
  // Killed because nobody had asked for it: that is no failure.
  void not_needed(const std::string& id, State state) {
    if (state == State::killed) not_needed_.insert(id);
  }
  using States = std::map<std::string, State>;
  void set(std::pair<States::iterator, bool> entry, State state) {
    auto& [id, known] = *entry.first;
    if (!entry.second) {
      if (is_final(known)) return;  // what is final stays so, whatever comes late
      --counts_[static_cast<std::size_t>(known)];
    }
    known = state;
    ++counts_[static_cast<std::size_t>(state)];
    if (is_final(state)) {
      pending_.erase(id);
      orphans_.erase(id);
    } else {
      pending_.insert(id);
    }
  }

  States states_;
  std::set<std::string> pending_;
  std::set<std::string> orphans_;     // of these
  std::set<std::string> not_needed_;  // of those that are over
  std::array<std::size_t, state_count> counts_{};
};

// A bar that is drawn over itself, on a terminal only.
class Progress {
 public:
  explicit Progress(Console& console) : console_(console), since_(MonoClock::now()) {}
  ~Progress() {
    if (drawn_) put("\r\x1b[K");
  }
  void draw(const Board& board) {
    const Mono now = MonoClock::now();
    if (!console_.err_is_terminal || (drawn_ && now < next_)) return;
    next_ = now + redraw;
    drawn_ = true;
    constexpr std::size_t size = 24;
    const std::size_t done = board.size() - board.pending_count();
    const std::size_t filled = board.size() ? done * size / board.size() : size;
    std::string bar(filled, '=');
    if (filled < size) bar += '>';
    bar.resize(size, ' ');
    const Milliseconds spent((now - since_).count() / 1000 * 1000);
    put("\r[" + bar + "] " + std::to_string(done) + "/" + std::to_string(board.size()) + "  " +
        totals_line(board.totals(), console_.colour) + "  " +
        format_duration(std::max(spent, Milliseconds(1000))) + "\x1b[K");
  }

 private:
  void put(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), console_.err);
    std::fflush(console_.err);
  }
  Console& console_;
  Mono since_, next_{};
  bool drawn_ = false;
};

Try<bool> look(Context& context, Board& board, const std::vector<std::string>& ids) {
  return jobs_by_id(
      context, ids, [&](Json& job) { board.take(job); }, true);
}

Try<bool> list_unfinished(Context& context, const EachJob& each) {
  return list_jobs(context, {{"status", "in-progress"}, {"status", "activable"}, brief_jobs}, 0,
                   each);
}

// Those that are not known to have ended. Very many are not asked for one by one: the list of all
// that are unfinished tells which of them have ended.
Try<bool> look_at_pending(Context& context, Board& board) {
  constexpr std::size_t many = 1000;
  std::vector<std::string> ids = board.pending();
  if (ids.size() > many) {
    std::set<std::string> unfinished;
    auto listed =
        list_unfinished(context, [&](Json& job) { unfinished.insert(text_at(job, "id")); });
    if (!listed) return listed;
    std::erase_if(ids, [&](const std::string& id) { return unfinished.contains(id); });
  }
  return look(context, board, ids);
}

// True: all have ended; false: the time is over.
Try<bool> follow(Context& context, Board& board, Watcher& watcher, std::optional<Mono> deadline) {
  Progress progress(context.console);
  while (board.pending_count()) {
    progress.draw(board);
    const Mono tick = MonoClock::now() + (context.console.err_is_terminal ? Milliseconds(1000)
                                                                          : std::chrono::hours(1));
    auto next = watcher.next(deadline ? std::min(*deadline, tick) : tick);
    if (!next) return stop(std::move(next.error()));
    if (next->resumed) {
      if (auto looked = look_at_pending(context, board); !looked) return looked;
    } else if (next->transition) {
      if (board.take(*next->transition)) {
        const std::string& id = next->transition->job;
        if (auto looked = look(context, board, {id}); !looked) return looked;
      }
    }
    if (deadline && MonoClock::now() >= *deadline && board.pending_count()) return false;
  }
  return true;
}

void report(Context& context, const Board& board, bool timed_out, bool say_success) {
  Console& console = context.console;
  const std::size_t failed = board.failed_count();
  if (!say_success && !timed_out && !failed) return;
  if (say_success) console.line(totals_line(board.totals(), console.colour));
  constexpr std::size_t most = 10;
  const auto ids = board.ids(true, most);
  std::vector<std::vector<Cell>> rows;
  // The failure of this question changes nothing about how the jobs ended.
  (void)jobs_by_id(context, ids, [&](Json& job) {
    rows.push_back(
        {{text_at(job, "id")}, {text_at(job, "state")}, {job_label(job)}, {job_remark(job)}});
  });
  std::string text = render_table(rows, 0, false);
  if (failed > most) text += "... and " + std::to_string(failed - most) + " more that failed\n";
  if (failed) text += "see: ketrew why " + ids[0];
  if (!text.empty()) console.complain(text);
}

}  // namespace

Try<Exit> wait_for_jobs(Context& context, const std::vector<std::string>& ids,
                        std::optional<Milliseconds> timeout, bool say_success) {
  std::optional<Mono> deadline;
  if (timeout) deadline = MonoClock::now() + *timeout;
  Board board;
  std::optional<Watcher> watcher;
  const auto listen = [&]() -> Try<bool> {
    watcher.emplace(context, board.pending());
    return watcher->open();
  };
  if (ids.empty()) {
    if (auto opened = listen(); !opened) return stop(std::move(opened.error()));
    auto listed = list_unfinished(context, [&](Json& job) { board.take(job); });
    if (!listed) return stop(std::move(listed.error()));
  } else {
    // Events carry whole ids: prefixes have to be known before the stream is opened.
    if (auto looked = look(context, board, ids); !looked) return stop(std::move(looked.error()));
    if (board.pending_count()) {
      if (auto opened = listen(); !opened) return stop(std::move(opened.error()));
      if (auto looked = look_at_pending(context, board); !looked)
        return stop(std::move(looked.error()));
    }
  }
  bool in_time = true;
  if (board.pending_count()) {
    auto followed = follow(context, board, *watcher, deadline);
    if (!followed) return stop(std::move(followed.error()));
    in_time = *followed;
  }
  if (context.json) {
    Json jobs = Json::array();
    auto listed = jobs_by_id(context, board.ids(false, board.size()),
                             [&](Json& job) { jobs.push_back(std::move(job)); });
    if (!listed) return stop(std::move(listed.error()));
    context.console.json(
        {{"totals", board.totals()}, {"jobs", std::move(jobs)}, {"timed_out", !in_time}});
  } else {
    report(context, board, !in_time, say_success);
  }
  if (!in_time) {
    const std::size_t left = board.pending_count();
    return stop(
        Exit::timed_out,
        "timed out: " + std::to_string(left) + (left == 1 ? " job is" : " jobs are") + " not over",
        left ? "see: ketrew why " + board.pending()[0] : "");
  }
  return board.failed_count() ? Exit::refused : Exit::done;
}

}  // namespace ketrew::client
