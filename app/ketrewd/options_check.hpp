// Checks a job's options against the JSON schema that its backend gave.
#pragma once

#include <memory>
#include <string>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace ketrew::daemon {

// Schemas, compiled once each. Not thread-safe.
class OptionsCheck {
 public:
  OptionsCheck();
  ~OptionsCheck();

  // `schema`: JSON text (draft 7, type object). Errors:
  // invalid: one line that names the option, what is wrong with it, and what would be right;
  // unavailable: the schema itself cannot be used, so nothing can be said.
  Result<> check(const std::string& backend, const std::string& schema, const Json& options);

 private:
  struct Compiled;
  std::map<std::string, std::unique_ptr<Compiled>> compiled_;  // by the schema's text
};

}  // namespace ketrew::daemon
