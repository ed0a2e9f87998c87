// The nouns that a backend's functions take and give.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/model/host_uri.hpp"
#include "core/model/observation.hpp"
#include "core/model/program.hpp"
#include "core/protocol/check.hpp"
#include "core/protocol/find.hpp"
#include "core/protocol/initialize.hpp"
#include "core/protocol/inventory.hpp"
#include "core/protocol/kill.hpp"
#include "core/protocol/query.hpp"
#include "core/protocol/start.hpp"

namespace ketrew::sdk {

// Answers that carry no state are the protocol's own.
using protocol::Absent;
using protocol::CannotTell;
using protocol::Capabilities;
using protocol::CheckEntry;
using protocol::CheckLevel;
using protocol::Held;
using protocol::InDoubt;
using protocol::Inventory;
using protocol::JobLabel;
using protocol::KillWord;
using protocol::LogValue;
using protocol::QueryAnswer;
using protocol::QueryDescription;
using protocol::Refused;

// How the profile uses the backend.
struct Setup {
  std::string name;               // in the profile
  Json options = Json::object();  // of the profile's entry, not of a job
  std::string home;  // the daemon's directory, absolute; keep files under <home>/backends/<name>
};

struct StartRequest {
  std::string token;  // of this attempt; must be where `find` will look
  Program program;
  Json options = Json::object();  // an object; the daemon checked it against the schema
  HostUri host;
  JobLabel job;
};

struct FindRequest {
  std::string token;
  HostUri host;
  Json options = Json::object();  // those of the start
};

struct QueryRequest {
  std::string name;              // one of those that `queries` gave
  std::int64_t offset = 0;       // bytes; negative: from the end. May be ignored
  std::int64_t limit = 1 << 20;  // bytes. May be ignored
};

}  // namespace ketrew::sdk
