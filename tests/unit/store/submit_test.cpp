// Submissions: durable when acknowledged, byte for byte, once for each idempotency key.
#include "tests/unit/store/support.hpp"

namespace ketrew::store {
namespace {

JobRecord rich_job(Maker& maker) {
  JobRecord record = maker.job(State::queued);
  JobSpec& spec = record.spec;
  spec.name = all_bytes();
  spec.options = {{"queue", "long"}, {"cpus", 4}, {"nested", {{"a", {1, 2.5, nullptr}}}}};
  spec.program.commands = {Command{"echo \xff'\n$x", {}},
                           Command{"", {"ls", "", all_bytes().substr(0, 255)}}};
  spec.program.environment = {{"KETREW_ENTRY", "a\nb\xfe"}};
  spec.program.directory = "/da ta";
  spec.condition = Condition{condition::All{
      {Condition{condition::Exists{"/x"}}, Condition{condition::Returns{"test -e y", 3}}}}};
  spec.equivalence = Equivalence::none;
  spec.depends_on = {maker.ids.next(5), maker.ids.next(6)};
  spec.on_success_activate = {maker.ids.next(7)};
  spec.on_failure_activate = {maker.ids.next(8)};
  spec.tags = {"plain", std::string("\xff\x00tag", 5)};
  spec.metadata = {{"π", "☃"}};
  spec.retries.times[2] = 7;
  spec.restart_of = maker.ids.next(9);
  Progress& p = record.progress;
  p.attempt = 4'000'000'000u;
  p.attempt_open = p.doubt = p.kill_asked = p.kill_sent = p.set_aside = true;
  p.failures[0] = 3;
  p.failures[8] = 65535;
  p.backend_state = R"({"pid": 1})";
  p.phase =
      "pen\xff"
      "ding";
  p.reason = std::string("a\0b", 3);
  p.message = "\xc3\xa9";
  p.exit_code = -1;
  p.signal = 9;
  p.failure = FailureClass::refused;
  p.evidence = {"squeue -j 1", 127, std::string("\0\xff", 2)};
  p.usage = {{"max_rss_bytes", 12345678901}};
  p.started_at = from_unix_milliseconds(-5);
  p.ended_at = from_unix_milliseconds(1);
  p.noticed_at = from_unix_milliseconds(0);
  return record;
}

TEST(Submit, EverythingComesBackAsItWas) {
  Folder folder;
  Maker maker;
  const JobRecord sent = rich_job(maker);
  HistoryEntry entry =
      maker.entry(sent, State::passive, State::queued, std::string("why\xff\0", 5));
  entry.attempt = sent.progress.attempt;
  entry.evidence = sent.progress.evidence;
  for (int round = 0; round < 2; ++round) {
    auto store = open_or_fail(folder / "db");
    if (round == 0) {
      Submission submission;
      submission.jobs = {sent};
      submission.history = {entry};
      const auto accepted = submit(*store, submission);
      ASSERT_TRUE(accepted) << accepted.error().text();
      EXPECT_EQ(accepted->ids, std::vector{sent.id});
      EXPECT_FALSE(accepted->repeated);
    } else {
      const auto unfinished = store->take_unfinished();
      ASSERT_EQ(unfinished.size(), 1u);
      EXPECT_EQ(unfinished[0].key, sent.key);
      EXPECT_EQ(unfinished[0].id, sent.id);
      EXPECT_EQ(unfinished[0].backend, sent.spec.backend);
      EXPECT_EQ(unfinished[0].host, sent.spec.host);
      EXPECT_TRUE(unfinished[0].has_condition);
      EXPECT_EQ(unfinished[0].retries, sent.spec.retries);
      EXPECT_EQ(unfinished[0].progress, sent.progress);
      EXPECT_TRUE(store->take_unfinished().empty());
      EXPECT_EQ(store->last_key(), sent.key);
      EXPECT_EQ(store->last_id(), sent.id);
      EXPECT_EQ(store->last_sequence(), entry.sequence);
    }
    EXPECT_TRUE(same(job(*store, sent.key), sent));
    EXPECT_EQ(history(*store, sent.key), std::vector{entry});
    EXPECT_EQ(list(*store, {.tag = sent.spec.tags[1]}), std::vector{sent.key});
    EXPECT_EQ(list(*store, {.name = sent.spec.name}), std::vector{sent.key});
    EXPECT_EQ(ask(*store, [&](Reader& r) { return r.restarts_of(*sent.spec.restart_of); }).value(),
              std::vector{sent.id});
    const auto text = ask(*store, [&](Reader& r) { return r.spec_text(sent.key); }).value();
    EXPECT_TRUE(job_spec_from_json(Json::parse(text)).value() == sent.spec);
  }
}

TEST(Submit, AKeyRepeatedIsTheSameRequest) {
  Folder folder;
  Maker maker;
  Accepted first;
  {
    auto store = open_or_fail(folder / "db");
    first = submit(*store, maker.submission(3, "key")).value();
    EXPECT_FALSE(first.repeated);
    const auto again = submit(*store, maker.submission(3, "key")).value();
    EXPECT_TRUE(again.repeated);
    EXPECT_EQ(again.ids, first.ids);
  }
  auto store = open_or_fail(folder / "db");
  const auto after = submit(*store, maker.submission(3, "key")).value();
  EXPECT_TRUE(after.repeated);
  EXPECT_EQ(after.ids, first.ids);
  EXPECT_EQ(totals(*store)[0], 3);
  Submission other = maker.submission(3, "key");
  other.fingerprint = "another request";
  const auto refused = submit(*store, other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
  EXPECT_EQ(totals(*store)[0], 3);
  EXPECT_TRUE(submit(*store, maker.submission(1, std::string("k\0\xff", 3))).has_value());
  EXPECT_TRUE(submit(*store, maker.submission(1, std::string("k\0\xff", 3)))->repeated);
}

TEST(Submit, AKeyRepeatedInOneGroupIsTheSameRequest) {
  Folder folder;
  Maker maker;
  auto store = open_or_fail(folder / "db");
  constexpr int repeats = 50;
  std::mutex mutex;
  std::vector<Accepted> answers;
  for (int i = 0; i < repeats; ++i)
    store->submit(maker.submission(2, "same"), [&](Result<Accepted> r) {
      const std::lock_guard lock(mutex);
      answers.push_back(r.value());
    });
  EXPECT_TRUE(submit(*store, maker.submission(1)).has_value());  // comes after them all
  const std::lock_guard lock(mutex);
  ASSERT_EQ(answers.size(), std::size_t{repeats});
  for (int i = 0; i < repeats; ++i) {
    EXPECT_EQ(answers[static_cast<std::size_t>(i)].repeated, i > 0);
    EXPECT_EQ(answers[static_cast<std::size_t>(i)].ids, answers[0].ids);
  }
  EXPECT_EQ(totals(*store)[0], 3);
}

TEST(Submit, OneBadSubmissionIsRefusedAlone) {
  Folder folder;
  Maker maker;
  auto store = open_or_fail(folder / "db");
  const Submission good = maker.submission(2);
  Submission same_key = maker.submission(1), same_id = maker.submission(1),
             no_text = maker.submission(1);
  same_key.jobs[0].key = good.jobs[1].key;
  same_id.jobs[0].id = good.jobs[0].id;
  no_text.jobs[0].spec.host = "/\xff";
  std::promise<Result<Accepted>> results[4];
  const auto send = [&](int i, const Submission& submission) {
    store->submit(submission,
                  [&results, i](Result<Accepted> r) { results[i].set_value(std::move(r)); });
  };
  send(0, good);
  send(1, same_key);
  send(2, same_id);
  send(3, no_text);
  const auto last = submit(*store, maker.submission(1));
  EXPECT_TRUE(last.has_value());
  EXPECT_TRUE(results[0].get_future().get().has_value());
  for (int i : {1, 2, 3}) EXPECT_FALSE(results[i].get_future().get().has_value()) << i;
  EXPECT_EQ(totals(*store)[0], 3);
  EXPECT_EQ(store->problem(), "");
}

TEST(Submit, ManyThreadsAtOnce) {
  Folder folder;
  auto store = open_or_fail(folder / "db");
  std::mutex mutex;
  Maker maker;
  std::atomic<int> accepted{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        std::promise<void> done;
        {
          const std::lock_guard lock(mutex);  // keys must grow in the order of the calls
          store->submit(maker.submission(2), [&](Result<Accepted> r) {
            accepted += r ? 1 : 0;
            done.set_value();
          });
        }
        done.get_future().get();
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(accepted, 100);
  EXPECT_EQ(totals(*store)[0], 200);
}

}  // namespace
}  // namespace ketrew::store
