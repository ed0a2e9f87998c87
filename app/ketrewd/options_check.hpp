// Checks a job's options against the JSON schema that its backend gave.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "core/model/job.hpp"

namespace ketrew::daemon {

// What the backends said of their options.
struct OptionSchemas {
  struct Backend {
    bool known = false;     // it has said something yet
    std::string here, far;  // JSON schemas; far: for jobs on other machines, where it has one
  };
  std::map<std::string, Backend> backends;  // that are loaded, by name
};

// Schemas, compiled once each. Any thread.
class OptionsCheck {
 public:
  OptionsCheck();
  ~OptionsCheck();

  // `schema`: JSON text (draft 7, type object). Errors:
  // invalid: one line that names the option, what is wrong with it, and what would be right;
  // unavailable: the schema itself cannot be used, so nothing can be said.
  // `option`: gets the name of the one that is wrong, where it is one.
  Result<> check(const std::string& backend, const std::string& schema, const Json& options,
                 std::string* option = nullptr);
  // By the schema for the job's host; `unavailable` as well while that is not known.
  Result<> check(const OptionSchemas& schemas, const JobSpec& spec, std::string* option = nullptr);

 private:
  struct Compiled;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Compiled>> compiled_;  // by the schema's text
};

}  // namespace ketrew::daemon
