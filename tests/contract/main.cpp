#include <cstdio>
#include <filesystem>

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include "tests/contract/settings.hpp"

namespace ketrew::contract {
namespace {

Settings& mutable_settings() {
  static Settings value;
  return value;
}

int usage(const char* why) {
  std::fprintf(stderr,
               "ketrew-backend-check: %s\n"
               "usage: ketrew-backend-check [--pretends] [--profile-options JSON] "
               "[--job-options JSON] [--host URI] -- PROGRAM [ARG...]\n",
               why);
  return 2;
}

bool read_options(const char* text, Json& out) {
  out = Json::parse(text, nullptr, false);
  return out.is_object();
}

}  // namespace

const Settings& settings() { return mutable_settings(); }

int run(int argc, char** argv) {
  Settings& given = mutable_settings();
  int i = 1;
  for (; i < argc && std::string_view(argv[i]) != "--"; ++i) {
    const std::string_view name = argv[i];
    if (name == "--pretends") {
      given.pretends = true;
    } else if (name == "--profile-options" && i + 1 < argc) {
      if (!read_options(argv[++i], given.profile_options)) return usage("no JSON object");
    } else if (name == "--job-options" && i + 1 < argc) {
      if (!read_options(argv[++i], given.job_options)) return usage("no JSON object");
    } else if (name == "--host" && i + 1 < argc) {
      given.host = argv[++i];
    } else {
      return usage("an argument that is not known");
    }
  }
  for (++i; i < argc; ++i) given.command.emplace_back(argv[i]);
  if (given.command.empty()) return usage("no PROGRAM");
  char directory[] = "/tmp/ketrew-contract-XXXXXX";
  if (!mkdtemp(directory)) return usage("cannot make a folder in /tmp");
  given.directory = directory;
  signal(SIGPIPE, SIG_IGN);
  const int result = RUN_ALL_TESTS();
  std::error_code error;
  std::filesystem::remove_all(directory, error);
  return result;
}

}  // namespace ketrew::contract

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  return ketrew::contract::run(argc, argv);
}
