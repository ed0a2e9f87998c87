// The words of a command line, taken apart. CLI11 behind a small face: it is slow to compile, so
// one file includes it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/error.hpp"

namespace ketrew::client {

class Arguments {
 public:
  // `usage`: what follows the command's name; `examples`: whole lines, shown by --help.
  Arguments(const std::string& command, const std::string& summary, const std::string& usage,
            const std::string& examples);
  ~Arguments();

  Arguments& flag(const std::string& names, bool& value, const std::string& help);
  Arguments& option(const std::string& names, std::string& value, const std::string& type,
                    const std::string& help);
  // The same where it matters whether it was given.
  Arguments& option(const std::string& names, std::optional<std::string>& value,
                    const std::string& type, const std::string& help);
  Arguments& number(const std::string& names, int& value, int low, int high,
                    const std::string& help);
  // May be given many times, one value each.
  Arguments& list(const std::string& names, std::vector<std::string>& values,
                  const std::string& type, const std::string& help);
  Arguments& positional(const std::string& name, std::string& value, bool required,
                        const std::string& help);
  Arguments& positionals(const std::string& name, std::vector<std::string>& values, bool required,
                         const std::string& help);
  // From the first word that is no option on, or after "--", the words belong to another program.
  Arguments& program(std::vector<std::string>& words);

  // True: go on. False: help was asked for, and is in `help`. The error is of the user's making.
  Result<bool> parse(const std::vector<std::string>& words);
  std::string help;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace ketrew::client
