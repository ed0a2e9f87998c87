// The manifest of a backend package: `backend.yaml` in the package's folder.
//
//   name: example_date
//   module: example_date.so        # beside the manifest
//   version: 0.1.0
//   abi: 1
//   requires: [daemonize]          # their modules are loaded first
//   description: what it is, in a line
#pragma once

#include <string>
#include <vector>

#include "core/base/error.hpp"

namespace ketrew::profile {

struct Manifest {
  std::string name;
  std::string module;  // a file name, without '/'
  std::string version;
  int abi = 0;                        // of the module interface; from 1
  std::vector<std::string> required;  // names of packages
  std::string description;            // may be empty
};

// Errors are as those of a profile: file, line, column. Any thread.
Result<Manifest> load_manifest(const std::string& file);
Result<Manifest> parse_manifest(std::string_view yaml, const std::string& file);

}  // namespace ketrew::profile
