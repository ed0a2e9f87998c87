// What the command line said: which backend is under test, and how.
#pragma once

#include <string>
#include <vector>

#include "core/base/text.hpp"

namespace ketrew::contract {

struct Settings {
  std::vector<std::string> command;
  Json profile_options = Json::object();
  Json job_options = Json::object();
  std::string host;  // empty: a playground on this machine
  bool pretends = false;
  std::string directory;  // of this run; removed at its end
};
const Settings& settings();

}  // namespace ketrew::contract
