// What the recordings do not have: IBM's formats, requeues, states that are hard to bring about.
#include <gtest/gtest.h>

#include <set>

#include "backends/lsf/ended.hpp"
#include "backends/lsf/scheduler.hpp"
#include "backends/lsf/states.hpp"

namespace ketrew::lsf {
namespace {

using namespace sdk::batch;

const std::string token = "01kb5w1k2z8nqz2j4w6q0r7t3v-1";
const std::int64_t submitted = 1'795'329'000'000;  // 2026-11-22T06:30:00Z

AskedJob job(const std::string& id) {
  AskedJob asked;
  asked.token = token;
  asked.state.id = id;
  asked.state.submitted_ms = submitted;
  return asked;
}

std::string heading =
    "JOBID^STAT^JOB_NAME^QUEUE^EXEC_HOST^START_TIME^FINISH_TIME^EXIT_CODE^CPU_USED^MAX_MEM^EXIT_REASON^"
    "PEND_REASON^SUSPEND_REASON\n";

const Row* row(const Answer& answer, const std::string& id) {
  for (const Row& each : answer.rows)
    if (each.id == id) return &each;
  return nullptr;
}

template <class T>
const T* seen(const Row* row) {
  return row ? std::get_if<T>(&row->observation) : nullptr;
}

TEST(LsfFields, EachStateIsRead) {
  const std::vector<AskedJob> jobs = {job("1"), job("2"), job("3"), job("4"), job("5"), job("6"), job("7")};
  const std::string name = "^" + token + ".align^normal^";
  const ShellOutput output{
      255,
      heading + "1^RUN" + name + "h1:h2^Nov 22 06:34^-^-^0.5 second(s)^12.5 Mbytes^-^-^-\n" +
          "2^PEND" + name + "-^-^-^-^-^-^-^Job slot limit reached;^-\n" +
          "3^EXIT" + name + "h1^Nov 22 06:34^Nov 22 06:36 L^140^60 second(s)^2 Gbytes^TERM_RUNLIMIT: job "
          "killed after reaching LSF run time limit^-^-\n" +
          "4^EXIT" + name + "-^-^Nov 22 06:36 L^-^-^-^TERM_OWNER: job killed by owner^-^-\n" +
          "5^UNKWN" + name + "h1^Nov 22 06:34^-^-^-^-^-^-^-\n" +
          "6^EXIT^somebody-elses^normal^h1^Nov 22 06:34^Nov 22 06:36 L^3^-^-^-^-^-\n",
      "Job <7> is not found\n"};
  const Answer answer = Lsf().read_queue(output, jobs);
  EXPECT_TRUE(answer.healthy);
  ASSERT_TRUE(seen<observed::Running>(row(answer, "1")));
  EXPECT_EQ(row(answer, "1")->shown["hosts"], "h1:h2");
  EXPECT_EQ(to_rfc3339(*seen<observed::Running>(row(answer, "1"))->started_at), "2026-11-22T06:34:00.000Z");
  ASSERT_TRUE(seen<observed::Waiting>(row(answer, "2")));
  EXPECT_EQ(seen<observed::Waiting>(row(answer, "2"))->reason, "PEND: Job slot limit reached;");
  const auto* over = seen<observed::Ended>(row(answer, "3"));
  ASSERT_TRUE(over);
  EXPECT_EQ(over->failure, FailureClass::wall_time);
  EXPECT_EQ(over->exit_code, 140);
  EXPECT_EQ(over->usage["max_rss_bytes"], std::int64_t{2} << 30);
  const auto* killed = seen<observed::Ended>(row(answer, "4"));
  ASSERT_TRUE(killed);
  EXPECT_EQ(killed->failure, FailureClass::cancelled_outside);
  EXPECT_TRUE(row(answer, "4")->never_ran);
  EXPECT_TRUE(seen<observed::CannotTell>(row(answer, "5")));
  EXPECT_TRUE(seen<observed::CannotTell>(row(answer, "6")));
  EXPECT_FALSE(row(answer, "7"));
}

TEST(LsfFields, ARowWithoutAllFieldsIsNone) {
  const std::vector<AskedJob> jobs = {job("1")};
  const Answer answer =
      Lsf().read_queue({0, heading + "1^DONE^" + token + "^normal^h1^Nov 22 06:34\n", ""}, jobs);
  EXPECT_FALSE(answer.healthy);
}

TEST(LsfTables, AreWithoutDoubles) {
  std::set<std::string_view> words;
  for (const auto& state : native_states()) EXPECT_TRUE(words.insert(state.word).second) << state.word;
  for (const auto& reason : term_reasons()) EXPECT_TRUE(words.insert(reason.word).second) << reason.word;
  EXPECT_EQ(native_state("FINISHED"), nullptr);
  EXPECT_EQ(term_reason_in("TERM_RUNLIMITX: what"), nullptr);
  EXPECT_EQ(term_reason_in("Completed<exit>;TERM_MEMLIMIT:jobkilled")->failure, FailureClass::out_of_memory);
}

LongJob history(std::vector<std::string> events) {
  LongJob report;
  report.whole = true;
  for (auto& event : events) report.events.push_back({"Sun Nov 22 06:34:36", std::move(event)});
  return report;
}

TEST(LsfHistory, TellsWhoEndedIt) {
  const Wall at = from_unix_milliseconds(submitted);
  const auto failure = [&](std::vector<std::string> events) -> std::string {
    const auto end = end_in_history(history(std::move(events)), at);
    if (!end) return "not ended";
    std::string text = end->ended.failure ? std::string(to_string(*end->ended.failure)) : "-";
    if (end->may_come_back) text += " may come back";
    return text;
  };
  const std::string start = "Dispatchedto<vm>;", killed = "Exitedwithexitcode130.TheCPUtimeusedis0.0seconds;";
  EXPECT_EQ(failure({start, "Exitedwithexitcode3.TheCPUtimeusedis0.0seconds;"}), "-");
  EXPECT_EQ(failure({start, killed}), "- may come back");
  EXPECT_EQ(failure({start, "Signal<KILL>requestedbyuseroradministrator<bench>;", killed}), "cancelled-outside");
  EXPECT_EQ(failure({start, "Signal<USR1>requestedbyuseroradministrator<bench>;", killed}), "- may come back");
  EXPECT_EQ(failure({start, killed, "Completed<exit>;TERM_MEMLIMIT:jobkilledafterreachingLSFmemoryusagelimit;"}),
            "out-of-memory");
  EXPECT_EQ(failure({start, "MEMLIMITterminationactioninitiated(actpid1);", killed}), "out-of-memory");
  // brequeue: an end that is none, then another run.
  EXPECT_EQ(failure({start, "Signal<SIG_KILL_REQUEUE>requestedbyuseroradministrator<bench>;", killed}),
            "not ended");
  EXPECT_EQ(failure({start, killed, "Pending:Jobhasbeenrequeued;"}), "not ended");
  EXPECT_EQ(failure({start, killed, "Pending:Jobhasbeenrequeued;", start,
                     "Donesuccessfully.TheCPUtimeusedis0.0seconds;", "Postjobprocessdonesuccessfully;"}),
            "-");
  EXPECT_EQ(failure({start, "Exited;jobwillberequeuedandrerun;"}), "not ended");
  EXPECT_EQ(failure({start, "Exited;wordsthatwedonotknow;"}), "not ended");
  EXPECT_EQ(failure({"Signal<KILL>requestedbyuseroradministrator<bench>;", "Exited;"}), "cancelled-outside");
}

TEST(LsfTimes, HaveTheYearThatFits) {
  const Wall late = *parse_rfc3339("2026-12-31T23:00:00Z");
  EXPECT_EQ(to_rfc3339(*lsf_time("Fri Jan  1 00:10:00", late)), "2027-01-01T00:10:00.000Z");
  EXPECT_EQ(to_rfc3339(*lsf_time("Thu Dec 31 23:10:00", late)), "2026-12-31T23:10:00.000Z");
  EXPECT_FALSE(lsf_time("Thu Foo 31 23:10:00", late));
  EXPECT_FALSE(lsf_time("", late));
  EXPECT_FALSE(lsf_time("Thu Dec 31 23:10:00", Wall{}));
}

TEST(LsfFind, KnowsTheTokenInTheQueueAndInTheHistory) {
  sdk::FindRequest request;
  request.token = token;
  const std::vector<sdk::FindRequest> requests = {request};
  const std::string columns =
      "JOBID   USER    STAT  QUEUE      FROM_HOST   EXEC_HOST   JOB_NAME   SUBMIT_TIME\n";
  const Answer there = Lsf().read_find(
      {0, columns + "102     bench   PEND  normal     vm             -        " + token + ".a Nov 22 06:34\n", ""},
      requests);
  ASSERT_EQ(there.rows.size(), 1U);
  EXPECT_EQ(there.rows[0].id, "102");
  const Answer none = Lsf().read_find({254, "\n", "No job found\n"}, requests);
  EXPECT_TRUE(none.healthy);
  EXPECT_TRUE(none.rows.empty());
  EXPECT_FALSE(Lsf().read_find({124, "", ""}, requests).healthy);
  EXPECT_FALSE(Lsf().read_find({255, "", "Connection refused by server\n"}, requests).healthy);
  const Answer old = Lsf().read_find(
      {254,
       "\nketrew-history\n77      bench   " + token + ".a 2       0       5       0       0       0       7         \n"
       "78      bench   another 2       0       5       0       0       0       7         \n",
       "No job found\n"},
      requests);
  ASSERT_EQ(old.rows.size(), 1U);
  EXPECT_EQ(old.rows[0].id, "77");
}

}  // namespace
}  // namespace ketrew::lsf
