// What stands behind the C ABI: one object whose calls are texts. Derive from `Backend` or
// `Delegate`, which know what is in them, rather than from this.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <ketrew/backend.h>

#include "core/base/error.hpp"

namespace ketrew::sdk {

enum class LogLevel : int {
  debug = KETREW_LOG_DEBUG,
  info = KETREW_LOG_INFO,
  warning = KETREW_LOG_WARNING,
  error = KETREW_LOG_ERROR,
};

// The process around the backend. All of it may be called from any thread.
class Services {
 public:
  explicit Services(const ketrew_host_services* host) : host_(host) {}
  void log(LogLevel level, std::string_view text) const;
  // Asks that these jobs be looked at now; an `update` follows.
  void changed(std::span<const std::string> tokens) const;
  // A module that this one's manifest requires; nullptr: it was not loaded.
  const ketrew_backend_descriptor* find_module(const std::string& name) const;
  const ketrew_host_services* table() const { return host_; }

 private:
  const ketrew_host_services* host_;
};

// Requests and answers are JSON texts as ketrew/backend.h says; so are the threads. An exception is
// an error like any other.
class Module {
 public:
  // Whether calls for different hosts may overlap (KETREW_CONCURRENT_HOSTS), and those of different
  // kinds for one host as well (KETREW_CONCURRENT_CALLS); a derived class that is made for it says
  // `true` under the same name.
  static constexpr bool concurrent_hosts = false, concurrent_calls = false;

  virtual ~Module() = default;
  Module() = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  // Of an error, kind `invalid` becomes "invalid params", `not_found` "unknown method".
  virtual Result<std::string> initialize_text(std::string_view request) = 0;
  virtual Result<std::string> start_text(std::string_view request) = 0;
  virtual Result<std::string> find_text(std::string_view request) = 0;
  virtual Result<std::string> update_text(std::string_view request) = 0;
  virtual Result<std::string> kill_text(std::string_view request) = 0;
  virtual Result<std::string> queries_text(std::string_view request) = 0;
  virtual Result<std::string> query_text(std::string_view request) = 0;
  virtual Result<std::string> log_text(std::string_view request) = 0;
  virtual Result<std::string> check_text(std::string_view request) = 0;
  virtual Result<std::string> shutdown_text(std::string_view request) = 0;
  virtual Result<std::string> inventory_text(std::string_view request) = 0;

  // Set before anything else is called. `name` and `version` are those of the registration.
  void attach(const Services& services, std::string name, std::string version) {
    services_ = services;
    name_ = std::move(name);
    version_ = std::move(version);
  }
  const Services& services() const { return services_; }
  const std::string& backend_name() const { return name_; }
  const std::string& backend_version() const { return version_; }

 private:
  Services services_{nullptr};
  std::string name_, version_;
};

}  // namespace ketrew::sdk
