// A loaded module, and an instance of it.
#pragma once

#include <string>
#include <vector>

#include <ketrew/backend.h>

#include "app/ketrew-backend-host/functions.hpp"
#include "core/base/error.hpp"

namespace ketrew::backend_host {

// Judged first, then loaded for the life of the process.
Result<const ketrew_backend_descriptor*> load_module(const std::string& path);

// What one call gave.
struct Answer {
  ketrew_status status = KETREW_FAILED;
  std::string text;  // JSON on one line; with another status than KETREW_OK the reason
};

// Not thread-safe by itself: the caller keeps the module's thread rules.
class Instance {
 public:
  // `services` must outlive it.
  static Result<Instance> create(const ketrew_backend_descriptor& descriptor,
                                 const ketrew_host_services& services);
  Instance(Instance&& other) noexcept;
  Instance& operator=(Instance&&) = delete;
  ~Instance();

  // A well-formed text in each case: an answer that is not JSON is a failed call.
  Answer call(const Method& method, std::string_view request) const;

 private:
  Instance(const ketrew_backend_functions* functions, ketrew_instance* instance)
      : functions_(functions), instance_(instance) {}
  const ketrew_backend_functions* functions_;
  ketrew_instance* instance_;
};

}  // namespace ketrew::backend_host
