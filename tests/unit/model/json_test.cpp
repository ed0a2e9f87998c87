// Every noun goes through JSON text and comes back equal; what is wrong is refused with a reason.
#include <gtest/gtest.h>

#include "core/model/condition.hpp"
#include "core/model/job.hpp"
#include "core/model/observation.hpp"
#include "tests/unit/model/samples.hpp"

namespace ketrew {
namespace {

constexpr int rounds = 2000;

template <class T, class Make, class Read>
void round_trips(Make make, Read read) {
  for (int i = 0; i < rounds; ++i) {
    const T value = make();
    const std::string text = to_json(value).dump();
    const auto back = read(Json::parse(text));
    ASSERT_TRUE(back.has_value()) << text << "\n" << back.error().text();
    ASSERT_TRUE(*back == value) << text << "\n" << to_json(*back).dump();
  }
}

TEST(Json, Programs) {
  Samples samples(1);
  round_trips<Program>([&] { return samples.program(); }, program_from_json);
}
TEST(Json, Conditions) {
  Samples samples(2);
  round_trips<Condition>([&] { return samples.condition(); }, condition_from_json);
}
TEST(Json, RetryPolicies) {
  Samples samples(3);
  round_trips<RetryPolicy>([&] { return samples.retries(); }, retry_policy_from_json);
}
TEST(Json, Evidence) {
  Samples samples(4);
  round_trips<ketrew::Evidence>([&] { return samples.evidence(); }, evidence_from_json);
}
TEST(Json, Observations) {
  Samples samples(5);
  round_trips<Observation>([&] { return samples.observation(); }, observation_from_json);
}
TEST(Json, JobSpecs) {
  Samples samples(6);
  round_trips<JobSpec>([&] { return samples.spec(); }, job_spec_from_json);
}

TEST(Json, Workflows) {
  Samples samples(10);
  round_trips<Workflow>([&] { return samples.workflow(); }, workflow_from_json);
}

// What goes out to people and programs is valid JSON whatever bytes a job has in it.
TEST(Json, RecordsAndHistoryAlwaysHaveAText) {
  Samples samples(7);
  for (int i = 0; i < rounds; ++i) {
    JobRecord record;
    record.id = samples.id();
    record.spec = samples.spec();
    Progress& p = record.progress;
    p.state = all_states[samples.below(state_count)];
    p.attempt = static_cast<std::uint32_t>(samples.below(5));
    p.phase = samples.text();
    p.reason = samples.text();
    p.message = samples.text();
    p.backend_state = samples.below(2) ? samples.text() : samples.object().dump();
    p.evidence = {samples.text(), samples.maybe(1), samples.text()};
    p.usage = samples.object();
    p.started_at = samples.maybe(samples.time());
    const Json json = Json::parse(to_json(record).dump());
    EXPECT_EQ(json["id"], record.id.text());
    EXPECT_EQ(json["state"], to_string(p.state));
    EXPECT_EQ(json["status"], to_string(status_of(p.state)));
    EXPECT_EQ(bytes_from_json(json["name"]).value(), record.spec.name);
    EXPECT_EQ(json["attempt"], p.attempt);
    HistoryEntry entry;
    entry.reason = samples.text();
    entry.evidence = p.evidence;
    EXPECT_TRUE(Json::accept(to_json(entry).dump()));
  }
}

TEST(Json, TheContractsKeysOfAJob) {
  JobRecord record;
  record.spec.program.commands = {Command{"true", {}}};
  const Json json = to_json(record);
  for (const char* key : {"id", "name", "backend", "host", "state", "status", "phase", "exit_code",
                          "signal", "class", "message", "attempt", "tags", "depends_on",
                          "submitted_at", "started_at", "finished_at", "backend_state"})
    EXPECT_TRUE(json.contains(key)) << key;
}

// Whatever arrives: an answer or a reason on one line, never an exception.
TEST(Json, AnyJsonIsJudged) {
  Samples samples(8);
  const auto judge = [](const auto& result) {
    if (result) return;
    EXPECT_NE(result.error().what, "");
    EXPECT_EQ(result.error().text().find('\n'), std::string::npos) << result.error().text();
    EXPECT_TRUE(is_utf8(result.error().text()));
  };
  for (int i = 0; i < rounds; ++i) {
    Json json = samples.json();
    // Half of them begin as something valid with one part replaced.
    if (samples.below(2)) {
      json = samples.below(2) ? to_json(samples.spec()) : to_json(samples.observation());
      auto at = json.begin();
      std::advance(at, static_cast<std::ptrdiff_t>(samples.below(json.size())));
      *at = samples.json();
      if (samples.below(4) == 0) json[samples.utf8()] = samples.json();
    }
    judge(program_from_json(json));
    judge(condition_from_json(json));
    judge(retry_policy_from_json(json));
    judge(evidence_from_json(json));
    judge(observation_from_json(json));
    judge(job_spec_from_json(json));
    judge(workflow_from_json(json));
    judge(workflow_from_json({{"nodes", json}}));
    judge(workflow_from_json({{"nodes", {json}}}));
  }
}

TEST(Json, RefusedPrograms) {
  for (const char* text : {"[]",
                           "{}",
                           "null",
                           "\"ls\"",
                           R"({"sh": ""})",
                           R"({"sh": "  \n"})",
                           R"({"exec": []})",
                           R"({"exec": [""]})",
                           R"({"exec": "ls"})",
                           R"({"exec": [1]})",
                           R"({"sh": "a", "exec": ["b"]})",
                           R"({"sh": "a\u0000b"})",
                           R"({"exec": ["a\u0000"]})",
                           R"({"commands": []})",
                           R"({"commands": [{"sh": "x"}], "directory": "relative"})",
                           R"({"commands": [{"sh": "x"}], "environment": {"A=B": "x"}})",
                           R"({"commands": [{"sh": "x"}], "environment": {"": "x"}})",
                           R"({"commands": [{"sh": "x"}], "environment": []})",
                           R"({"commands": [{"sh": "x"}], "enviroment": {}})",
                           R"({"commands": [{"sh": "x"}], "environment": {"A": "\u0000"}})",
                           R"([{"sh": "x"}, []])"})
    EXPECT_FALSE(program_from_json(Json::parse(text))) << text;
}

TEST(Json, RefusedConditions) {
  for (const char* text :
       {"null", "\"always\"", "{}", R"({"exists": "relative"})", R"({"exists": ""})",
        R"({"exists": "/x", "y": 1})", R"({"larger_than": {"path": "/x"}})",
        R"({"larger_than": {"path": "/x", "bytes": -1}})",
        R"({"larger_than": {"path": "/x", "bytes": 1.5}})", R"({"command": ""})",
        R"({"command": "x", "returns": 256})", R"({"command": "x", "returns": "0"})",
        R"({"command": "x", "other": 0})", R"({"all": {}})", R"({"all": [{"exists": "x"}]})",
        R"({"larger_than": {"path": "/x", "bytes": 1, "more": 2}})"})
    EXPECT_FALSE(condition_from_json(Json::parse(text))) << text;
}

TEST(Json, ConditionsAreNotNestedForEver) {
  const auto nested = [](int depth) {
    Json json = "never";
    for (int i = 0; i < depth; ++i) json = Json{{"all", Json::array({std::move(json)})}};
    return json;
  };
  EXPECT_TRUE(condition_from_json(nested(32)).has_value());
  EXPECT_FALSE(condition_from_json(nested(33)));
  EXPECT_FALSE(condition_from_json(nested(5000)));
}

TEST(Json, RefusedRetries) {
  for (const char* text :
       {"null", "-1", "1001", "1.5", "\"3\"", "[]", R"({"exit": -1})", R"({"exit": 1001})",
        R"({"Exit": 1})", R"({"exit": "1"})", "18446744073709551615", R"({"exit": {}})",
        R"({"exit": {"memory": "x2"}})", R"({"exit": {"times": 1, "memory": 2}})",
        R"({"exit": {"times": 1, "memory": "2"}})", R"({"exit": {"times": 1, "memory": "x"}})",
        R"({"exit": {"times": 1, "memory": "x-1"}})", R"({"exit": {"times": 1, "memory": "x0"}})",
        R"({"exit": {"times": 1, "memory": "x1e9"}})", R"({"exit": {"times": 1, "memory": "xnan"}})",
        R"({"exit": {"times": 1, "": "x2"}})", R"({"exit": {"times": {}}})"})
    EXPECT_FALSE(retry_policy_from_json(Json::parse(text))) << text;
  const auto near = retry_policy_from_json(Json{{"out-of-memroy", 1}});
  EXPECT_NE(near.error().hint.find("out-of-memory"), std::string::npos);
}

TEST(Json, RefusedObservations) {
  for (const char* text :
       {"null", "{}", R"({"observation": "finished"})", R"({"observation": 1})",
        R"({"observation": "ended"})", R"({"observation": "ended", "exit_code": 256})",
        R"({"observation": "ended", "exit_code": -1})",
        R"({"observation": "ended", "exit_code": 0.5})",
        R"({"observation": "ended", "exit_code": "0"})", R"({"observation": "ended", "signal": 0})",
        R"({"observation": "ended", "signal": 128})",
        R"({"observation": "ended", "exit_code": 18446744073709551615})",
        R"({"observation": "ended", "class": "bad luck"})",
        R"({"observation": "ended", "class": 1})", R"({"observation": "ended", "exit_code": null})",
        R"(["observation"])"})
    EXPECT_FALSE(observation_from_json(Json::parse(text))) << text;
}

TEST(Json, RefusedJobs) {
  for (const char* text :
       {"[]", "{}", R"({"program": {"sh": "x"}, "backend": 1})",
        R"({"program": {"sh": "x"}, "tags": [""]})", R"({"program": {"sh": "x"}, "tags": "a"})",
        R"({"program": {"sh": "x"}, "depends_on": ["1"]})",
        R"({"program": {"sh": "x"}, "options": []})",
        R"({"program": {"sh": "x"}, "equivalence": "all"})",
        R"({"program": {"sh": "x"}, "restart_of": 3})",
        R"({"program": {"sh": "x"}, "metadata": null})",
        R"({"program": {"sh": "x"}, "timeout": 0})", R"({"program": {"sh": "x"}, "timeout": -1})",
        R"({"program": {"sh": "x"}, "timeout": 1.5})",
        R"({"program": {"sh": "x"}, "timeout": "soon"})",
        R"({"program": {"sh": "x"}, "timeout": 18446744073709551615})",
        R"({"program": {"sh": "x"}, "timeout": "4000d"})"})
    EXPECT_FALSE(job_spec_from_json(Json::parse(text))) << text;
  const auto near = job_spec_from_json(Json{{"program", {{"sh", "x"}}}, {"retrys", 1}});
  EXPECT_NE(near.error().hint.find("retries"), std::string::npos);
}

// A number too large for us is not silently another number.
TEST(Json, EvidenceOfAHugeExitCode) {
  const auto evidence = evidence_from_json(Json::parse(R"({"exit_code": 4294967296})"));
  EXPECT_TRUE(!evidence || evidence->exit_code != 0);
}

TEST(Program, IsDisplayedOnOneLine) {
  Samples samples(9);
  for (int i = 0; i < rounds; ++i) {
    const std::string line = to_display(samples.program(), 40);
    EXPECT_LE(line.size(), 43u);
    EXPECT_TRUE(is_utf8(line));
    EXPECT_EQ(line.find('\n'), std::string::npos);
  }
}

}  // namespace
}  // namespace ketrew
