// The options of a backend's jobs: a small builder of JSON schema (draft 7), against which the
// daemon checks each job when it is submitted, and from which `ketrewd backends NAME` prints help.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/text.hpp"

namespace ketrew::sdk {

// Options with the same name and meaning in every backend that can serve them.
enum class Portable { queue, account, cpus, memory, wall_time, gpus, job_name, raw_options };

class OptionsSchema {
 public:
  // All of them where none is named. `remark` is added to what each of them means.
  OptionsSchema& portable(std::initializer_list<Portable> which = {}, const std::string& remark = {});
  OptionsSchema& text(const std::string& name, const std::string& description,
                      std::optional<std::string> otherwise = {});
  OptionsSchema& choice(const std::string& name, const std::string& description,
                        std::span<const std::string> words,
                        std::optional<std::string> otherwise = {});
  OptionsSchema& choice(const std::string& name, const std::string& description,
                        std::initializer_list<std::string> words,
                        std::optional<std::string> otherwise = {}) {
    return choice(name, description, std::span(words.begin(), words.size()), std::move(otherwise));
  }
  OptionsSchema& integer(const std::string& name, const std::string& description,
                         std::int64_t least, std::int64_t most,
                         std::optional<std::int64_t> otherwise = {});
  OptionsSchema& boolean(const std::string& name, const std::string& description,
                         std::optional<bool> otherwise = {});
  // A duration as text, "90s" or "1h30m", or a number of seconds.
  OptionsSchema& duration(const std::string& name, const std::string& description,
                          std::optional<std::string> otherwise = {});
  OptionsSchema& texts(const std::string& name, const std::string& description);
  // Any schema of one property; it gets the description.
  OptionsSchema& property(const std::string& name, const std::string& description, Json schema);
  OptionsSchema& require(const std::string& name);

  Json json() const;

 private:
  Json properties_ = Json::object();
  std::vector<std::string> required_;
};

// What a job said in its portable options; absent ones were not given.
struct PortableOptions {
  std::optional<std::string> queue, account, job_name;
  std::optional<std::int64_t> cpus, gpus;
  std::optional<std::int64_t> memory;  // bytes
  std::optional<Milliseconds> wall_time;
  std::vector<std::string> raw_options;  // for the scheduler's command line, as they are
};
// Keys that are not portable are left to the backend. Errors are `invalid` and name the key.
Result<PortableOptions> portable_options(const Json& options);

// "512M", "4G", "1.5T", "4GiB" (powers of 1024), "100" (bytes).
std::optional<std::int64_t> parse_bytes(std::string_view text);
// An option made by `duration`.
Result<std::optional<Milliseconds>> duration_option(const Json& options, const std::string& name);

}  // namespace ketrew::sdk
