#include <cstdio>
#include <filesystem>

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include "tests/contract/backend_process.hpp"
#include "tests/contract/card.hpp"
#include "tests/contract/settings.hpp"

namespace ketrew::contract {
namespace {

Settings& mutable_settings() {
  static Settings value;
  return value;
}

int wrong(const std::string& why, const char* hint) {
  std::fprintf(stderr, "ketrew-backend-check: %s%s\n", why.c_str(), hint);
  return 2;
}

// Name and version, from a first conversation; null where there is none to be had.
Json backend_under_test() {
  BackendProcess backend(settings().command);
  const Json answer = backend.ask("initialize", {{"protocol", 1},
                                                 {"name", "checked"},
                                                 {"options", settings().profile_options},
                                                 {"home", settings().directory}});
  if (!answer.is_object() || !answer.contains("result")) return answer;
  Json told = Json::object();
  for (const char* key : {"name", "version", "capabilities"})
    if (answer["result"].is_object() && answer["result"].contains(key)) told[key] = answer["result"][key];
  return Json{{"told", told}};
}

int check_it() {
  const Json backend = backend_under_test();
  if (!backend.is_object() || !backend.contains("told"))
    return wrong("the backend does not answer `initialize`: " + backend.dump(), "");
  auto& listeners = testing::UnitTest::GetInstance()->listeners();
  delete listeners.Release(listeners.default_result_printer());
  auto* card = new Card(settings().json);
  listeners.Append(card);  // which deletes it
  if (!settings().only.empty()) GTEST_FLAG_SET(filter, settings().only);
  card->begin(backend["told"], settings().command);
  const bool ran = RUN_ALL_TESTS() == 0;
  return card->end() && ran ? 0 : 1;
}

}  // namespace

const Settings& settings() { return mutable_settings(); }

int run(const std::vector<std::string>& words) {
  Arguments given = read_arguments(words);
  if (given.help) {
    std::fputs(help_text, stdout);
    return 0;
  }
  if (!given.wrong.empty()) return wrong(given.wrong, "; see --help");
  if (!given.subject.empty()) {
    auto command = command_of(given.subject);
    if (!command) return wrong(command.error().text(), "");
    given.settings.command = std::move(*command);
  }
  char directory[] = "/tmp/ketrew-check-XXXXXX";
  if (!mkdtemp(directory)) return wrong("cannot make a folder in /tmp", "");
  given.settings.directory = directory;
  mutable_settings() = std::move(given.settings);
  signal(SIGPIPE, SIG_IGN);
  const int result = check_it();
  std::error_code error;
  std::filesystem::remove_all(directory, error);
  return result;
}

}  // namespace ketrew::contract

int main(int argc, char** argv) {
  int none = 1;
  testing::InitGoogleTest(&none, argv);  // its options are not ours
  return ketrew::contract::run({argv + 1, argv + argc});
}
