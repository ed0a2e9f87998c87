// Calls a backend that was linked in through its C table, as the host does.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <ketrew/backend.h>

#include "core/base/text.hpp"

namespace ketrew::sdk {

// The process around the backend, for one instance.
class FakeHost {
 public:
  explicit FakeHost(const ketrew_backend_descriptor& backend,
                    std::vector<const ketrew_backend_descriptor*> others = {});
  ~FakeHost();
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  struct Answer {
    ketrew_status status;
    std::string text;
    Json json() const { return Json::parse(text, nullptr, false); }
  };
  Answer call(ketrew_call ketrew_backend_functions::*method, const Json& request);
  Answer initialize(const Json& options = Json::object());

  std::vector<std::string> changed;

 private:
  const ketrew_backend_descriptor& backend_;
  std::vector<const ketrew_backend_descriptor*> others_;
  ketrew_host_services services_;
  ketrew_instance* instance_ = nullptr;
};

}  // namespace ketrew::sdk
