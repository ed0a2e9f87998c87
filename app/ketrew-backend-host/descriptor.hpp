// Judging a module from its descriptor, as data: before it is loaded, and before it is called.
#pragma once

#include <string>
#include <string_view>

#include <ketrew/backend.h>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace ketrew::backend_host {

// `bytes` begin with a descriptor and may be longer. Magic, size, ABI version, name and version.
// Errors are `invalid`, or `conflict` for another version of the ABI.
Result<> judge_descriptor(std::string_view bytes);

// Reads the descriptor from the file of a shared object, without loading it: nothing in the module
// runs, not even its constructors.
Result<> judge_file(const std::string& path);

// The functions that must be there are, and the table is large enough for them. For a descriptor
// that was judged.
Result<> judge_functions(const ketrew_backend_descriptor& descriptor);

// {"name", "version", "abi", "concurrent_hosts", "concurrent_calls", "functions": [...]}
Json describe(const ketrew_backend_descriptor& descriptor);

}  // namespace ketrew::backend_host
