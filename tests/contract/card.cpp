#include "tests/contract/card.hpp"

#include <cstdio>

namespace ketrew::contract {
namespace {

const char* title_of(const char* suite) {
  static constexpr std::pair<const char*, const char*> titles[] = {
      {"Conversation", "messages: the protocol itself"},
      {"Life", "the life of a job: start, update, kill"},
      {"Idempotence", "idempotence: one token, one run"},
      {"Find", "find: the way back to a job"},
      {"Outlive", "jobs outlive the backend's process"},
      {"Questions", "questions: queries, log, check"},
      {"Deadlines", "deadlines: an answer in time, whatever the host does"},
      {"Batches", "many jobs, few commands"},
      {"State", "the state: old, new, broken, small, without secrets"},
      {"Honesty", "honest observations of a scheduler that lies"}};
  for (const auto& [name, title] : titles)
    if (std::string_view(suite) == name) return title;
  return suite;
}

// "AStartedJobIsFound" as "a started job is found".
std::string in_words(const std::string& name) {
  std::string words;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') {
      if (!words.empty()) words += ' ';
      words += static_cast<char>(c - 'A' + 'a');
    } else {
      words += c;
    }
  }
  return words;
}

// What a failed part says, on one line, with its place: people look it up in the source.
std::string in_one_line(const testing::TestPartResult& part, bool with_place) {
  std::string text = part.message();
  for (char& c : text)
    if (c == '\n') c = ' ';
  while (!text.empty() && text.back() == ' ') text.pop_back();
  constexpr std::size_t longest = 1500;
  if (text.size() > longest) text = text.substr(0, longest) + "...";
  if (!with_place || !part.file_name()) return text;
  const std::string file = part.file_name();
  return text + " [" + file.substr(file.rfind('/') + 1) + ":" + std::to_string(part.line_number()) + "]";
}

}  // namespace

void Card::begin(const Json& backend, const std::vector<std::string>& command) {
  document_ = {{"backend", backend}, {"command", command}, {"sections", Json::array()}};
  if (json_) return;
  const auto text = [&](const char* key) { return backend.value(key, std::string("(none)")); };
  std::printf("%s %s, protocol 1: %s\n", text("name").c_str(), text("version").c_str(),
              join(command, " ").c_str());
  std::fflush(stdout);
}

void Card::OnTestSuiteStart(const testing::TestSuite& suite) {
  const char* title = title_of(suite.name());
  document_["sections"].push_back(
      {{"name", suite.name()}, {"title", title}, {"checks", Json::array()}});
  if (json_) return;
  std::printf("\n%s\n", title);
  std::fflush(stdout);
}

void Card::OnTestEnd(const testing::TestInfo& test) {
  const testing::TestResult& result = *test.result();
  const char* outcome = result.Failed() ? "FAILED" : result.Skipped() ? "skipped" : "ok";
  ++(result.Failed() ? totals_.failed : result.Skipped() ? totals_.skipped : totals_.passed);
  std::vector<std::string> why;
  for (int i = 0; i < result.total_part_count(); ++i) {
    const testing::TestPartResult& part = result.GetTestPartResult(i);
    if (part.failed() || part.skipped()) why.push_back(in_one_line(part, part.failed()));
  }
  const std::string what = in_words(test.name());
  Json check = {{"name", test.name()}, {"what", what}, {"result", result.Failed() ? "failed" : outcome}};
  if (!why.empty()) check["why"] = why;
  document_["sections"].back()["checks"].push_back(std::move(check));
  if (json_) return;
  std::printf("  %-8s %s\n", outcome, what.c_str());
  // A check that fails in a loop says so a hundred times: the first are enough.
  constexpr std::size_t most = 3;
  for (std::size_t i = 0; i < why.size() && i < most; ++i) std::printf("           %s\n", why[i].c_str());
  if (why.size() > most) std::printf("           (and %zu more)\n", why.size() - most);
  std::fflush(stdout);
}

bool Card::end() {
  const bool good = totals_.failed == 0 && totals_.passed > 0;
  if (json_) {
    document_["totals"] = {
        {"passed", totals_.passed}, {"failed", totals_.failed}, {"skipped", totals_.skipped}};
    document_["result"] = good ? "passed" : "failed";
    std::printf("%s\n", document_.dump(1, ' ', true, Json::error_handler_t::replace).c_str());
  } else {
    std::printf("\n%s: %d passed, %d failed, %d skipped\n", good ? "PASSED" : "FAILED", totals_.passed,
                totals_.failed, totals_.skipped);
  }
  return good;
}

}  // namespace ketrew::contract
