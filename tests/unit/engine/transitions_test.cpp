// Holds core/engine/TRANSITIONS.md against the automaton. After a change that is meant:
//   KETREW_WRITE_TRANSITIONS=1 unit_engine --gtest_filter='Transitions.*'
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "core/base/file.hpp"
#include "core/engine/automaton.hpp"

namespace ketrew::engine {
namespace {

const char* name_of(Action action) {
  switch (action) {
    case Action::start: return "ask start";
    case Action::find: return "ask find";
    case Action::kill: return "ask kill";
    case Action::poll_soon: return "poll soon";
    case Action::evaluate: return "evaluate";
    case Action::activate_dependencies: return "activate dependencies";
    case Action::enter_queue: return "queue";
    case Action::fire_success: return "fire success";
    case Action::fire_failure: return "fire failure";
  }
  return "?";
}

struct Named {
  std::string name;
  Event event;
};

std::vector<Named> all_events() {
  observed::Ended well, badly, by_signal, ended_by_node;
  well.exit_code = 0;
  badly.exit_code = 3;
  by_signal.signal = 15;
  ended_by_node.failure = FailureClass::node;
  return {{"activate", event::Activate{}},
          {"kill", event::Kill{}},
          {"set succeeded", event::Settle{true, false, ""}},
          {"set failed", event::Settle{false, false, ""}},
          {"forget", event::Settle{false, true, ""}},
          {"orphaned", event::Orphaned{}},
          {"adopted", event::Adopted{}},
          {"dependencies succeeded", event::DependenciesSucceeded{}},
          {"dependency failed", event::DependencyFailed{}},
          {"condition holds", event::ConditionHolds{}},
          {"condition fails", event::ConditionFails{}},
          {"condition unknown", event::ConditionUnknown{}},
          {"condition broken", event::ConditionBroken{}},
          {"admitted", event::Admitted{}},
          {"due", event::Due{}},
          {"recovered", event::Recovered{}},
          {"set aside", event::SetAside{}},
          {"resumed", event::Resumed{}},
          {"started", event::Started{"{}"}},
          {"refused for now", event::Refused{false, ""}},
          {"refused for ever", event::Refused{true, ""}},
          {"start in doubt", event::StartInDoubt{}},
          {"start not sent", event::StartNotSent{}},
          {"found", event::Found{"{}"}},
          {"absent", event::Absent{}},
          {"find cannot tell", event::FindCannotTell{}},
          {"kill sent", event::KillSent{}},
          {"kill already over", event::KillAlreadyOver{}},
          {"kill cannot tell", event::KillCannotTell{}},
          {"observed waiting", event::Observed{observed::Waiting{}, ""}},
          {"observed running", event::Observed{observed::Running{}, ""}},
          {"observed ended, 0", event::Observed{well, ""}},
          {"observed ended, 3", event::Observed{badly, ""}},
          {"observed ended, signal 15", event::Observed{by_signal, ""}},
          {"observed ended, node", event::Observed{ended_by_node, ""}},
          {"observed gone", event::Observed{observed::Gone{}, ""}},
          {"observed cannot-tell", event::Observed{observed::CannotTell{}, ""}}};
}

// The jobs that a state has room for: with and without what makes a difference there.
std::vector<std::pair<std::string, Job>> jobs_in(State state) {
  std::vector<std::pair<std::string, Job>> jobs;
  const auto add = [&](const std::string& how, auto change) {
    Job job;
    job.progress.state = state;
    if (is_held_by_backend(state) || state == State::verifying) {
      job.progress.attempt = 1;
      job.progress.attempt_open = state != State::verifying;
    }
    if (state == State::killing) job.progress.kill_asked = true;
    if (state == State::running || state == State::verifying) job.progress.backend_state = "{}";
    if (state == State::evaluating || state == State::verifying) job.has_condition = true;
    if (state == State::blocked) job.blockers = 1;
    change(job);
    jobs.emplace_back(how, job);
  };
  add("", [](Job&) {});
  switch (state) {
    case State::passive:
      add("orphan", [](Job& j) {
        j.progress.orphan = true;
        j.orphan_since = Mono(Milliseconds(3'600'000));
        j.due = Mono(Milliseconds(3'900'000));
      });
      add("orphan, its grace over", [](Job& j) {
        j.progress.orphan = true;
        j.orphan_since = Mono(Milliseconds(0));
        j.due = Mono(Milliseconds(300'000));
      });
      add("has a condition", [](Job& j) { j.has_condition = true; });
      break;
    case State::active: case State::evaluating:
      add("has dependencies", [](Job& j) { j.blockers = 1; });
      if (state != State::evaluating) add("has a condition", [](Job& j) { j.has_condition = true; });
      break;
    case State::starting:
      add("in doubt", [](Job& j) { j.progress.doubt = true; });
      add("set aside", [](Job& j) { j.progress.doubt = j.progress.set_aside = true; });
      break;
    case State::running:
      add("gone before", [](Job& j) { j.gone_since = Mono(Milliseconds(0)); });
      add("has retries", [](Job& j) { j.retries = RetryPolicy::each(1); });
      add("has a condition", [](Job& j) { j.has_condition = true; });
      add("set aside", [](Job& j) { j.progress.set_aside = true; });
      add("has a timeout", [](Job& j) { j.timeout = Milliseconds(7'200'000); });
      add("past its timeout", [](Job& j) {
        j.timeout = Milliseconds(60'000);
        j.running_since = Mono(Milliseconds(0));
        j.progress.running_since = Wall{};
      });
      break;
    case State::killing:
      add("in doubt", [](Job& j) { j.progress.doubt = true; });
      add("known", [](Job& j) { j.progress.backend_state = "{}"; });
      add("known, kill sent", [](Job& j) {
        j.progress.backend_state = "{}";
        j.progress.kill_sent = true;
        j.kills = 10;
      });
      add("known, for its timeout", [](Job& j) {
        j.progress.kill_asked = false;
        j.progress.backend_state = "{}";
        j.progress.timed_out = j.progress.kill_sent = true;
        j.timeout = Milliseconds(60'000);
        j.retries = RetryPolicy::each(1);
      });
      add("known, gone before", [](Job& j) {
        j.progress.backend_state = "{}";
        j.gone_since = Mono(Milliseconds(0));
      });
      break;
    case State::queued:
      add("set aside", [](Job& j) { j.progress.set_aside = true; });
      break;
    case State::blocked: case State::verifying:
    case State::succeeded: case State::already_done: case State::failed: case State::start_failed:
    case State::condition_failed: case State::not_ensured: case State::dependency_failed:
    case State::killed: case State::kill_failed: case State::lost:
      break;
  }
  return jobs;
}

std::string outcome(Job job, const Event& event) {
  const Settings settings;
  const Context context{settings, Milliseconds(0), {Mono(Milliseconds(3'600'000)), Wall{}}};
  Effects effects;
  const State before = job.progress.state;
  const auto due = job.due;
  transition(job, event, context, effects);
  std::string text;
  if (job.progress.state != before) text = "**" + std::string(to_string(job.progress.state)) + "**";
  const auto add = [&](const std::string& what) { text += (text.empty() ? "" : ", ") + what; };
  for (const Action action : effects.actions) add(name_of(action));
  if (text.empty() && !effects.history.empty()) add("noted");
  if (job.due && job.due != due) add("again later");
  if (text.empty() && effects.changed) add("shown");
  return text;
}

std::string render() {
  std::ostringstream out;
  out << "# All transitions\n\n"
         "Generated from the automaton by `tests/unit/engine/transitions_test.cpp`, which also holds\n"
         "this file against it: every state x event. Events that are not listed under a state do\n"
         "nothing there. **Bold** is the new state; \"noted\" is a row in the history without a change;\n"
         "\"again later\" sets a time at which the job comes up by itself.\n";
  const auto events = all_events();
  std::string nothing;
  for (const State state : all_states) {
    std::ostringstream rows;
    for (const auto& [event_name, event] : events) {
      std::vector<std::pair<std::string, std::string>> cells;
      bool any = false;
      const auto jobs = jobs_in(state);
      const std::string usual = outcome(jobs[0].second, event);
      for (const auto& [how, job] : jobs) {
        const std::string text = outcome(job, event);
        if (!how.empty() && text == usual) continue;
        cells.emplace_back(how, text.empty() ? "nothing" : text);
        any = any || !text.empty();
      }
      if (!any) continue;
      rows << "| " << event_name << " | ";
      for (std::size_t i = 0; i < cells.size(); ++i)
        rows << (i ? "; " : "") << (cells[i].first.empty() ? "" : "*" + cells[i].first + ":* ")
             << cells[i].second;
      rows << " |\n";
    }
    if (rows.str().empty()) {
      nothing += (nothing.empty() ? "`" : ", `") + std::string(to_string(state)) + "`";
      continue;
    }
    out << "\n## " << to_string(state) << "\n\n| event | what happens |\n| --- | --- |\n" << rows.str();
  }
  out << "\n## Final states\n\nNothing happens any more in " << nothing << ".\n";
  return out.str();
}

TEST(Transitions, TheTableIsUpToDate) {
  const std::string now = render();
  if (std::getenv("KETREW_WRITE_TRANSITIONS")) std::ofstream(KETREW_TRANSITIONS) << now;
  const auto checked_in = read_file(KETREW_TRANSITIONS);
  ASSERT_TRUE(checked_in) << checked_in.error().text();
  EXPECT_EQ(*checked_in, now) << "run with KETREW_WRITE_TRANSITIONS=1 and look at the difference";
}

TEST(Transitions, FinalStatesAreFinal) {
  for (const State state : all_states) {
    if (!is_final(state)) continue;
    for (const auto& [name, event] : all_events())
      EXPECT_EQ(outcome(jobs_in(state)[0].second, event), "") << to_string(state) << " on " << name;
  }
}

TEST(Transitions, NotKnowingIsNotFailing) {
  Job job;
  job.progress.state = State::running;
  job.progress.backend_state = "{}";
  const Settings settings;
  Effects effects;
  for (int hour = 0; hour < 24 * 365; ++hour) {
    const Context context{settings, Milliseconds(0), {Mono(Milliseconds(3'600'000) * hour), Wall{}}};
    transition(job, event::Observed{observed::CannotTell{"squeue: down", {}}, ""}, context, effects);
  }
  EXPECT_EQ(job.progress.state, State::running);
  EXPECT_TRUE(effects.history.empty());
  EXPECT_EQ(job.progress.reason, "squeue: down");
}

}  // namespace
}  // namespace ketrew::engine
