// The SQL of a filter and its meaning in memory choose the same jobs.
#include "core/model/filter.hpp"

#include <random>

#include "core/base/text.hpp"

#include "tests/unit/store/support.hpp"

namespace ketrew::store {
namespace {

const Wall now = from_unix_milliseconds(1'000'000);

class World {
 public:
  explicit World(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_);
  }
  template <class List>
  auto any(const List& list) {
    return list[below(std::size(list))];
  }

  JobRecord job(Maker& maker) {
    JobRecord job = maker.job(all_states[below(state_count)]);
    job.spec.name = any(names_);
    job.spec.backend = to_valid_utf8(any(words_));
    job.spec.host = "/" + to_valid_utf8(any(words_));
    for (std::size_t n = below(3); n > 0; --n) {
      const std::string tag = any(words_);
      if (std::count(job.spec.tags.begin(), job.spec.tags.end(), tag) == 0)
        job.spec.tags.push_back(tag);
    }
    job.submitted_at = time();
    Progress& p = job.progress;
    p.attempt = static_cast<std::uint32_t>(below(3));
    p.doubt = below(4) == 0;
    p.set_aside = below(4) == 0;
    p.phase = any(names_);
    p.message = any(names_);
    p.reason = any(names_);
    if (below(2)) p.exit_code = static_cast<int>(below(3));
    if (below(2)) p.signal = static_cast<int>(below(3));
    if (below(2)) p.failure = any(all_failure_classes);
    if (below(2)) p.started_at = time();
    if (below(2)) p.ended_at = time();
    p.noticed_at.reset();
    if (is_final(p.state)) p.noticed_at = time();
    return job;
  }

  std::string filter(int depth = 3) {
    if (depth > 0) {
      const auto part = [&] { return filter(depth - 1); };
      switch (below(6)) {
        case 0: return "(" + part() + " or " + part() + ")";
        case 1: return "not " + part();
        case 2:
        case 3: return "(" + part() + " and " + part() + ")";
        default: break;
      }
    }
    const auto& field = filter::fields()[below(filter::fields().size())];
    const std::string name(field.name);
    const auto text_op = [&] { return any(std::vector<std::string>{" = ", " != ", " ~ ", " !~ "}); };
    const auto same_op = [&] { return any(std::vector<std::string>{" = ", " != "}); };
    const auto number_op = [&] {
      return any(std::vector<std::string>{" = ", " != ", " < ", " <= ", " > ", " >= "});
    };
    switch (field.kind) {
      case filter::Kind::text:
        if (field.field == filter::Field::id) return name + same_op() + any(ids);
        if (field.field == filter::Field::workflow && below(2)) return name + text_op() + any(ids);
        return name + text_op() + quoted(below(2) ? any(names_) : any(patterns_));
      case filter::Kind::states:
        if (field.field == filter::Field::status)
          return name + same_op() + std::string(to_string(status_of(any(all_states))));
        return name + same_op() + std::string(to_string(any(all_states)));
      case filter::Kind::number:
        if (field.field == filter::Field::failure)
          return name + same_op() + std::string(to_string(any(all_failure_classes)));
        return name + number_op() + std::to_string(below(3));
      case filter::Kind::duration: return name + number_op() + std::to_string(below(10)) + "s";
      case filter::Kind::time: return name + number_op() + "'" + to_rfc3339(time()) + "'";
      case filter::Kind::flag: return name;
    }
    return {};
  }

  // Each hundred of them a workflow, but for those that are in none.
  std::vector<Submission> in_workflows(std::vector<JobRecord>& jobs, Maker& maker) {
    std::vector<Submission> parts;
    for (std::size_t first = 0; first < jobs.size(); first += 100) {
      WorkflowRecord workflow;
      workflow.key = jobs[first].key;
      workflow.id = maker.ids.next(1'700'000'000'000);
      workflow.name = any(names_);
      ids.push_back(workflow.id.text());
      Submission part;
      part.workflow = workflow;
      for (std::size_t i = first; i < std::min(jobs.size(), first + 100); ++i) {
        JobRecord& job = jobs[i];
        if (below(4) != 0) {
          job.workflow = workflow.key;
          job.workflow_id = workflow.id;
          job.workflow_name = workflow.name;
        }
        job.progress.orphan = below(4) == 0;
        part.jobs.push_back(job);
      }
      parts.push_back(std::move(part));
    }
    return parts;
  }

  std::vector<std::string> ids;

 private:
  static std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) out += (c == '"' || c == '\\' ? "\\" : "") + std::string(1, c);
    return out + "\"";
  }
  // Whole seconds, so that comparisons meet.
  Wall time() { return now - Milliseconds(1000 * static_cast<std::int64_t>(below(10))); }

  std::mt19937 random_;
  const std::vector<std::string> words_ = {"a", "Ab", "b%c", "d_\\", "\xff", "é\"'"};
  const std::vector<std::string> names_ = {"", "a", "Ab", "a b%c", "\xff", std::string("x\0a", 3), "é"};
  const std::vector<std::string> patterns_ = {"", "*", "?", "a*c", "B", "%", "_", "\\", "?é*"};
};

TEST(FilterSql, AgreesWithItsMeaning) {
  World world(3);
  Folder folder;
  Maker maker;
  auto store = open_or_fail(folder / "db");
  Submission submission;
  for (int i = 0; i < 300; ++i) submission.jobs.push_back(world.job(maker));
  for (int i = 0; i < 6; ++i) {
    const std::string id = submission.jobs[world.below(300)].id.text();
    world.ids.push_back(id.substr(0, 1 + world.below(26)));
  }
  for (const auto& part : world.in_workflows(submission.jobs, maker)) ASSERT_TRUE(submit(*store, part));
  std::size_t chosen = 0, empty = 0;
  for (int round = 0; round < 2'000; ++round) {
    const std::string text = world.filter();
    const auto filter = filter::parse(text);
    ASSERT_TRUE(filter) << text << ": " << filter.error().text();
    Selection selection;
    selection.where = *filter;
    selection.where_now = now;
    selection.limit = world.below(3) ? 1000 : 1 + world.below(20);
    if (world.below(4) == 0) selection.before = submission.jobs[world.below(300)].key;
    std::vector<JobKey> expected;
    for (auto job = submission.jobs.rbegin(); job != submission.jobs.rend(); ++job)
      if (expected.size() < selection.limit && (!selection.before || job->key < selection.before) &&
          filter::matches(*filter, *job, now))
        expected.push_back(job->key);
    ASSERT_EQ(list(*store, selection), expected) << text;
    chosen += expected.size();
    empty += expected.empty() ? 1 : 0;
  }
  EXPECT_GT(chosen, 10'000u);  // the filters are not so odd that nothing passes
  EXPECT_LT(empty, 1'500u);
}

TEST(FilterSql, TogetherWithOtherSelections) {
  World world(4);
  Folder folder;
  Maker maker;
  auto store = open_or_fail(folder / "db");
  Submission submission;
  for (int i = 0; i < 100; ++i) submission.jobs.push_back(world.job(maker));
  ASSERT_TRUE(submit(*store, submission));
  Selection selection;
  selection.where = *filter::parse("state = failed or tag = a");
  selection.where_now = now;
  selection.states = {State::killed, State::failed};
  std::vector<JobKey> expected;
  for (auto job = submission.jobs.rbegin(); job != submission.jobs.rend(); ++job)
    if ((job->progress.state == State::killed || job->progress.state == State::failed) &&
        filter::matches(*selection.where, *job, now))
      expected.push_back(job->key);
  EXPECT_EQ(list(*store, selection), expected);
}

}  // namespace
}  // namespace ketrew::store
