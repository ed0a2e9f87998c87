// The shell text that evaluates conditions, run by this machine's sh on real files; and answers that
// no such text gives.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <stdlib.h>
#include <unistd.h>

#include "app/ketrew-condition-worker/condition_script.hpp"
#include "core/host/host.hpp"

namespace ketrew::conditions {
namespace {

using Word = Verdict::Word;
namespace fs = std::filesystem;

Condition of(const char* json) { return condition_from_json(Json::parse(json)).value(); }

struct ConditionScript : testing::Test {
  ConditionScript() { ::mkdtemp(folder.data()); }
  ~ConditionScript() override {
    std::error_code ignored;
    fs::permissions(folder + "/closed", fs::perms::owner_all, ignored);
    fs::remove_all(folder, ignored);
  }
  void file(const std::string& name, const std::string& text) { std::ofstream(folder + "/" + name) << text; }
  Condition exists(const std::string& name) { return {condition::Exists{folder + "/" + name}}; }
  Condition larger(const std::string& name, std::uint64_t bytes) {
    return {condition::LargerThan{folder + "/" + name, bytes}};
  }
  std::vector<Verdict> evaluate(const std::vector<Condition>& conditions) {
    const host::Host host(parse_host_uri("/tmp").value(), folder);
    const auto ran = host.run(script_of(conditions));
    EXPECT_TRUE(ran) << ran.error().text();
    auto verdicts = verdicts_from(ran->out, conditions);
    EXPECT_TRUE(verdicts) << verdicts.error().text();
    return verdicts.value_or(std::vector<Verdict>(conditions.size()));
  }
  std::string folder = "/tmp/ketrew-conditions-XXXXXX";
};

TEST_F(ConditionScript, ManyInOneText) {
  file("a b'c\n$(d)", "12345");
  fs::create_symlink("nowhere", folder + "/dangling");
  const auto verdicts = evaluate({exists("a b'c\n$(d)"), exists("absent"), exists("dangling"), exists(""),
                                  larger("a b'c\n$(d)", 4), larger("a b'c\n$(d)", 5), larger("absent", 0),
                                  larger("", 0)});
  const std::vector<Word> words = {Word::holds, Word::fails, Word::holds, Word::holds,
                                   Word::holds, Word::fails, Word::fails, Word::broken};
  for (std::size_t i = 0; i < words.size(); ++i)
    EXPECT_EQ(verdicts[i].word, words[i]) << i << ": " << verdicts[i].evidence.words;
  EXPECT_EQ(verdicts[5].evidence.words, "5 bytes");
}

TEST_F(ConditionScript, CommandsByTheirExitCode) {
  const auto verdicts = evaluate({of(R"({"command": "exit 3", "returns": 3})"),
                                  of(R"({"command": "echo no; echo luck >&2; exit 3", "returns": 0})"),
                                  of(R"({"command": "no-such-command-here", "returns": 0})"),
                                  of(R"({"command": "cat; echo done", "returns": 0})"),
                                  of(R"({"command": "kill -9 $$", "returns": 0})")});
  EXPECT_EQ(verdicts[0].word, Word::holds);
  EXPECT_EQ(verdicts[1].word, Word::fails);
  EXPECT_EQ(verdicts[1].evidence.exit_code, 3);
  EXPECT_EQ(verdicts[1].evidence.words, "no luck");
  EXPECT_EQ(verdicts[2].word, Word::fails);
  EXPECT_EQ(verdicts[2].evidence.exit_code, 127);
  EXPECT_EQ(verdicts[3].word, Word::holds);  // there is nothing to read
  EXPECT_EQ(verdicts[4].word, Word::fails);
  EXPECT_EQ(verdicts[4].evidence.exit_code, 137);
}

TEST_F(ConditionScript, OutputIsEvidenceAndNeverAnAnswer) {
  const auto verdicts = evaluate({of(R"({"command": "echo holds; echo fails; yes | head -c 100000", "returns": 0})"),
                                  exists("absent")});
  EXPECT_EQ(verdicts[0].word, Word::holds);
  EXPECT_LT(verdicts[0].evidence.words.size(), 500u);
  EXPECT_EQ(verdicts[1].word, Word::fails);
}

TEST_F(ConditionScript, AllOf) {
  file("here", "1");
  const auto all = [&](Condition a, Condition b) { return Condition{condition::All{{a, b}}}; };
  const auto verdicts = evaluate({all(exists("here"), larger("here", 0)), all(exists("here"), exists("absent")),
                                  all(larger("", 0), exists("absent")), Condition{condition::Never{}}});
  EXPECT_EQ(verdicts[0].word, Word::holds);
  EXPECT_EQ(verdicts[1].word, Word::fails);
  EXPECT_EQ(verdicts[2].word, Word::fails);  // false, whatever the other is
  EXPECT_EQ(verdicts[3].word, Word::fails);
}

TEST_F(ConditionScript, AFolderThatCannotBeSearchedTellsNothing) {
  if (::geteuid() == 0) GTEST_SKIP() << "root can search every folder";
  fs::create_directory(folder + "/closed");
  fs::permissions(folder + "/closed", fs::perms::none);
  const auto verdicts = evaluate({exists("closed/file"), exists("closed"), larger("closed/deep/file", 1)});
  EXPECT_EQ(verdicts[0].word, Word::cannot_tell);
  EXPECT_EQ(verdicts[1].word, Word::holds);
  EXPECT_EQ(verdicts[2].word, Word::cannot_tell);
}

TEST(ConditionAnswer, ACutOrStrangeOneIsAnErrorAndNoVerdict) {
  const std::vector<Condition> two = {of(R"({"exists": "/a"})"), of(R"({"exists": "/b"})")};
  for (const char* answer : {"", "holds\n", "holds\nfails", "holds\nfails\nholds\n", "holds\nbroken-pipe\n"})
    EXPECT_FALSE(verdicts_from(answer, two)) << answer;
  EXPECT_TRUE(verdicts_from("holds\nfails it is not there\n", two));
}

}  // namespace
}  // namespace ketrew::conditions
